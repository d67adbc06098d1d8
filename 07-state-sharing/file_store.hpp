// A store in one file that `cat` can read.
#pragma once

#include <chrono>
#include <string>

#include "07-state-sharing/atomic_file.hpp"
#include "07-state-sharing/durability.hpp"
#include "07-state-sharing/fair_lock.hpp"
#include "07-state-sharing/state_file.hpp"
#include "07-state-sharing/store.hpp"

namespace state {

struct file_store_options {
    /// With durability::process a power failure may leave the file torn; it is corrupt then.
    durability lasts = durability::process;
    /// How long a write waits for other processes' before it is `busy`.   [milliseconds]
    std::chrono::milliseconds lock_limit{2000};
    /// For tests: told each step, "locked" first. See sync_point.
    sync_point at;
};

/// A store made by hand: each write reads the file, writes a new one beside it and renames it, with
/// a lock held. Right for small states and few writes, for each write costs as much as the whole
/// state is long; a read costs one stat(2) as long as nobody writes.
class file_store : public store {
  public:
    /// Opens the store in the file `path`, which is made by the first write; its directory must be
    /// there. The lock is PATH.lock: the file itself becomes another one with each write, and two
    /// could each hold the lock of their own.
    /// @throws store_error  busy, io, no_space
    explicit file_store(std::string path, file_store_options options = {});

    [[nodiscard]] version latest() override;

  protected:
    [[nodiscard]] std::optional<entry> read(std::string_view key) override;
    std::optional<entry> transact(std::string_view key, const decision& decide) override;
    [[nodiscard]] std::vector<named_entry> read_all(std::string_view prefix,
                                                    std::size_t most) override;

  private:
    [[nodiscard]] file_lock::holding take_lock();
    void read_file();
    const contents& look();
    const contents& look_locked();

    file_store_options options_;
    fair_lock lock_;
    atomic_file file_;
    // What was in the file that file_ has read or written last: set when it was read, and by
    // transact() when the file was replaced.
    contents seen_;
};

}  // namespace state
