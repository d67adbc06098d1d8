// A lock that processes share, and that is free when its holder dies.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <string>
#include <utility>

#include "support/unique_fd.hpp"

namespace state {

/// A file that is there only to be locked with flock(2).
///
/// The kernel frees the lock when the holder's last descriptor of it closes, however the holder
/// ends. The descriptor is close-on-exec: a child that inherited it would keep the lock. The file
/// stays when the lock is free; removing it would let two hold "the" lock, each on a file of its
/// own.
/// @source flock(2)
class file_lock {
  public:
    /// @param path  made when it is first taken, readable for this user alone
    explicit file_lock(std::string path) : path_(std::move(path)) {}

    /// As long as it lives, the lock is ours.
    class holding {
      public:
        explicit holding(file_lock& lock) : lock_(&lock) {}
        holding(holding&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}
        holding& operator=(holding&&) = delete;
        ~holding() {
            if (lock_ != nullptr) lock_->release();
        }

      private:
        file_lock* lock_;
    };

    /// Takes the lock, and waits for it if another has it. Who comes first need not be first.
    /// @throws store_error  busy when it is `give_up`; io, no_space
    /// @throws std::logic_error  if this object holds it already: it would never get it
    [[nodiscard]] holding take(std::chrono::steady_clock::time_point give_up);

    /// Takes the lock if it is free.
    /// @return whether it is ours now, until release() or the end
    /// @throws std::logic_error  if this object holds it already, as take()
    [[nodiscard]] bool try_take();
    void release() noexcept;

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The open file, once it was taken. -1 before.
    [[nodiscard]] int descriptor() const { return fd_.get(); }

  private:
    [[nodiscard]] bool is_at_path() const;

    std::string path_;
    support::unique_fd fd_;
    struct stat ours_ {};  // which file fd_ is
    bool held_ = false;
};

}  // namespace state
