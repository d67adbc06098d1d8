// A file that is only ever replaced as a whole.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "07-state-sharing/durability.hpp"
#include "support/unique_fd.hpp"

namespace state {

/// Told where a process is inside an operation, so that a test can kill it exactly there. Nothing
/// else needs it: who writes such an operation anew may leave the points out.
using sync_point = std::function<void(const char* point)>;

/// A file that others read while we write it, and that is whole whenever we die.
///
/// Writing in place would show readers one half of the new bytes, and leave one half if we died.
/// So the new bytes go into another file beside it, which then takes the name: rename(2) is one
/// step to everybody. Who writes must hold a lock; who reads needs none.
/// @throws store_error  every operation: no_space, io
class atomic_file {
  public:
    /// From now on this process ignores SIGXFSZ (unless it handles it), whose default would kill us
    /// when a file grows past the limit of its size; the write then fails like on a full disk.
    /// @param at  told each step of replace() and set_aside(); may be empty
    atomic_file(std::string path, durability lasts, sync_point at);

    [[nodiscard]] const std::string& path() const { return path_; }

    /// If the file is not the one that was read or written last, hands its bytes to `take`; nothing
    /// if there is no file. It counts as read when `take` returns.
    /// @return whether it was another one
    using taker = std::function<void(const std::optional<std::string>& bytes)>;
    bool read_if_changed(const taker& take);

    /// Puts `bytes` in the file's place. On an error the file is as it was (if only the last step
    /// failed, syncing the directory, then it is the new one).
    ///
    /// When all has succeeded, and not before, it is the file that was written last. So after an
    /// error the next read_if_changed() reads whatever is there.
    void replace(std::string_view bytes);

    /// Keeps the file as PATH.corrupt, or .corrupt.2 … if there is one already.
    /// @return under which name
    std::string set_aside();

    /// Removes what writers that died have left. Only with the lock: it says that nobody writes
    /// now.
    void sweep();

  private:
    void write_all(int fd, std::string_view bytes, const std::string& name);
    void sync_directory();
    void at(const char* point) const {
        if (at_) at_(point);
    }

    std::string path_;
    std::string directory_;
    durability lasts_;
    sync_point at_;
    // What was read or written last: set by read_if_changed() when `take` has returned, by
    // replace() when it has succeeded. (Empty is right, too, and costs one more reading.) It stays
    // open, so that its inode number is not given to another file, which would then look the same.
    support::unique_fd seen_;
    struct stat seen_as_ {};
};

}  // namespace state
