// One way to report a failed system call: the exception names the call, its errno, and what it was
// about.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "support/unique_fd.hpp"

namespace support {

/// The current errno as an error_code of the system category.
[[nodiscard]] inline std::error_code last_error() noexcept {
    return {errno, std::system_category()};
}

/// Throws std::system_error for `error`, saying "what" as in "bind 127.0.0.1:80: Permission
/// denied".
[[noreturn]] void throw_error(std::error_code error, std::string_view what);

/// Returns `result` unless it says that the call named `what` failed (-1); then throws with errno.
/// @throws std::system_error "what: reason"
template <class Integer>
Integer check(std::string_view what, Integer result) {
    if (result == Integer{-1}) throw_error(last_error(), what);
    return result;
}

/// Calls `call` again for as long as a signal interrupts it (EINTR).
template <class Call>
auto retry(Call call) {
    auto result = call();
    while (result == -1 && errno == EINTR) result = call();
    return result;
}

/// Reads and writes on `fd` no longer wait (O_NONBLOCK). The flag belongs to the open file
/// description: every process that shares the description sees it.
void set_nonblocking(int fd, bool on = true);

/// Whether `fd` is closed by exec (FD_CLOEXEC).
void set_close_on_exec(int fd, bool on = true);

/// A second descriptor for the same open file, close-on-exec.
/// @throws std::system_error "dup" EMFILE when the table is full
[[nodiscard]] unique_fd duplicate(int fd);

/// Both ends of a pipe(2), close-on-exec.
struct pipe_ends {
    unique_fd read;
    unique_fd write;
};

/// @throws std::system_error "pipe2" EMFILE, ENFILE
[[nodiscard]] pipe_ends make_pipe();

}  // namespace support
