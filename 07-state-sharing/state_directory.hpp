// The directory in which a cluster keeps its state, and whose it is.
#pragma once

#include <string>

#include "07-state-sharing/file_lock.hpp"

namespace state {

/// A cluster's state directory, for one primary at a time.
///
/// Two clusters that shared one would take each other's jobs and sessions for their own. So the
/// primary holds the lock of `owner.lock` in it for as long as it lives. The kernel frees it with
/// the primary's end, whatever end that is; the workers cannot keep it, since they do not inherit
/// the descriptor.
class state_directory {
  public:
    /// Makes the directory (and those above it) if it is not there, readable for this user alone,
    /// and takes it.
    /// @throws store_error  in_use, saying by which process; no_space, io
    explicit state_directory(std::string path);

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The path of a file in it.
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    void make() const;
    void sign() const;

    std::string path_;
    file_lock owner_;
};

}  // namespace state
