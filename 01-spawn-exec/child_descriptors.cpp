#include "01-spawn-exec/child_descriptors.hpp"

#include <fcntl.h>

#include <utility>

#include "01-spawn-exec/spawn_error.hpp"
#include "support/syscall.hpp"

namespace child_process {

child_descriptors::child_descriptors(const asio::any_io_executor& executor,
                                     std::vector<stdio> wanted, std::string program)
    : executor_(executor), program_(std::move(program)) {
    while (wanted.size() < 3) wanted.push_back(stdio::pipe());
    for (const stdio& what : wanted) {
        sources_.push_back(open_source(static_cast<int>(sources_.size()), what));
    }
}

int child_descriptors::open_source(int number, const stdio& what) {
    switch (what.what()) {
        case stdio::kind::pipe:
            return open_pipe(number, number == 0);
        case stdio::kind::input_pipe:
            return open_pipe(number, true);
        case stdio::kind::inherit:
            return ::fcntl(number, F_GETFD) != -1 ? number : open_null_device();
        case stdio::kind::descriptor:
            return what.fd();
        case stdio::kind::ignore:
            break;
    }
    return open_null_device();
}

int child_descriptors::open_pipe(int number, bool child_reads) try {
    support::pipe_ends pipe = support::make_pipe();
    if (child_reads) {
        ends_.writers.try_emplace(number, executor_, std::move(pipe.write));
        return keep(std::move(pipe.read));
    }
    ends_.readers.try_emplace(number, executor_, std::move(pipe.read));
    return keep(std::move(pipe.write));
} catch (const std::system_error& error) {
    throw spawn_error(error.code(), "pipe", program_);
}

int child_descriptors::open_null_device() {
    const int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd == -1) throw spawn_error(support::last_error(), "open /dev/null", program_);
    return keep(support::unique_fd(fd));
}

}  // namespace child_process
