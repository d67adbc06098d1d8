#include "04-auto-restart/shared_output.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include <climits>

#include "01-spawn-exec/pipes.hpp"
#include "support/syscall.hpp"

namespace cluster {
namespace {

using asio::posix::stream_descriptor;

stream_descriptor make_epoll(const asio::any_io_executor& executor) {
    support::unique_fd fd(support::check("epoll_create1", ::epoll_create1(EPOLL_CLOEXEC)));
    return child_process::watch(executor, fd);
}

// epoll takes only what can make a writer wait: not files, not /dev/null (EPERM).
int add(int epoll, int fd) {
    epoll_event event{};
    event.events = EPOLLOUT;
    return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

void remove(int epoll, int fd) {
    ::epoll_ctl(epoll, EPOLL_CTL_DEL, fd, nullptr);
}

support::unique_fd duplicate_if_open(int fd) try {
    return support::duplicate(fd);
} catch (const std::system_error& error) {
    if (error.code() == std::errc::bad_file_descriptor) return {};
    throw;
}

}  // namespace

shared_output::shared_output(const asio::any_io_executor& executor, int fd)
    : fd_(duplicate_if_open(fd)),
      room_(make_epoll(executor)),
      may_block_(add(room_.native_handle(), fd_.get()) == 0) {
    if (may_block_) remove(room_.native_handle(), fd_.get());
    child_process::ignore_broken_pipes();
}

asio::awaitable<bool> shared_output::write(std::string_view data) {
    while (!data.empty() && fd_) {
        if (!has_room() && !co_await until_room()) co_return false;
        const auto count = write_piece(data.substr(0, PIPE_BUF));
        if (count >= 0) {
            data.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN && may_block_) {
            // Another writer was quicker.
            if (!co_await until_room()) co_return false;
        } else {
            break;
        }
    }
    co_return data.empty();
}

// Errors count as room: the write that follows will tell which.
bool shared_output::has_room() const {
    pollfd wanted{fd_.get(), POLLOUT, 0};
    return support::retry([&] { return ::poll(&wanted, 1, 0); }) == 1;
}

ssize_t shared_output::write_piece(std::string_view piece) const {
    const iovec bytes{const_cast<char*>(piece.data()), piece.size()};
    const auto attempt = [&](int flags) {
        constexpr off_t end = -1;  // wherever the description is
        return support::retry([&] { return ::pwritev2(fd_.get(), &bytes, 1, end, flags); });
    };
    // Some files and old kernels do not know the flag.
    const ssize_t count = may_block_ ? attempt(RWF_NOWAIT) : -1;
    const bool refused = !may_block_ || (count == -1 && (errno == EOPNOTSUPP || errno == EINVAL));
    return refused ? attempt(0) : count;
}

// False when this has been destroyed meanwhile: nothing of it may be touched any more.
asio::awaitable<bool> shared_output::until_room() {
    // In the epoll only for the wait: it would wake us each time that somebody reads.
    struct waiting {
        explicit waiting(shared_output& output) : waits(output.anchor_) {
            support::check("epoll_ctl", add(output.room_.native_handle(), output.fd_.get()));
        }
        waiting(const waiting&) = delete;
        waiting& operator=(const waiting&) = delete;
        ~waiting() {
            if (waits) remove(waits->room_.native_handle(), waits->fd_.get());
        }
        const support::weak_ref<shared_output> waits;
    } const guard(*this);
    const auto [error] =
        co_await room_.async_wait(stream_descriptor::wait_read, support::as_result);
    if (!guard.waits) co_return false;
    support::check("wait for room", error);
    co_return true;
}

}  // namespace cluster
