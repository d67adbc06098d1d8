#include "support/syscall.hpp"

#include <fcntl.h>

#include <array>

namespace support {

void throw_error(std::error_code error, std::string_view what) {
    throw std::system_error(error, std::string(what));
}

void set_nonblocking(int fd, bool on) {
    const int flags = check("fcntl(F_GETFL)", ::fcntl(fd, F_GETFL));
    const int wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    if (wanted != flags) check("fcntl(F_SETFL)", ::fcntl(fd, F_SETFL, wanted));
}

void set_close_on_exec(int fd, bool on) {
    check("fcntl(F_SETFD)", ::fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0));
}

unique_fd duplicate(int fd) {
    return unique_fd(check("dup", ::fcntl(fd, F_DUPFD_CLOEXEC, 0)));
}

pipe_ends make_pipe() {
    std::array<int, 2> ends{};
    check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
    return {unique_fd(ends[0]), unique_fd(ends[1])};
}

}  // namespace support
