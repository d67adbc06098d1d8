// The owner of one file descriptor. Everything here that owns a descriptor holds a unique_fd; a
// plain `int fd` parameter borrows it for the length of the call.
#pragma once

#include <unistd.h>

#include <utility>

namespace support {

/// Owns a file descriptor and closes it once.
///
/// Moving leaves the source empty. close(2) is not retried on EINTR: on Linux the descriptor is
/// gone either way, and a second close could hit a number that has been handed out again.
/// @source close(2), notes on EINTR
class unique_fd {
  public:
    unique_fd() = default;
    /// Takes ownership of `fd`; a negative number means "none".
    explicit unique_fd(int fd) noexcept : fd_(fd) {}
    unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {}
    unique_fd& operator=(unique_fd&& other) noexcept {
        reset(other.release());
        return *this;
    }
    unique_fd(const unique_fd&) = delete;
    unique_fd& operator=(const unique_fd&) = delete;
    ~unique_fd() { reset(); }

    /// The number, or -1 if there is none.
    [[nodiscard]] int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

    /// Gives the descriptor away without closing it.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

    /// Closes what is held, then holds `fd`.
    void reset(int fd = -1) noexcept {
        if (fd_ >= 0) ::close(fd_);
        fd_ = fd;
    }

  private:
    int fd_ = -1;
};

}  // namespace support
