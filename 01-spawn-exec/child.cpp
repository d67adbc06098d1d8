#include "01-spawn-exec/child.hpp"

#include <sys/wait.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/syscall.hpp"

extern "C" {  // glibc 2.36 forgot this in the header itself
#include <sys/pidfd.h>
}

namespace child_process {
namespace {

std::vector<support::unique_fd>& detached_children() {
    static std::vector<support::unique_fd> pidfds;
    return pidfds;
}

// Reaps the process if it has ended; waits for its end unless `flags` holds WNOHANG.
std::optional<exit_status> reap(int pidfd, int flags) {
    siginfo_t info{};
    const auto id = static_cast<id_t>(pidfd);
    support::check("waitid",
                   support::retry([&] { return ::waitid(P_PIDFD, id, &info, WEXITED | flags); }));
    if (info.si_pid == 0) return std::nullopt;
    return exit_status::from(info);
}

asio::awaitable<void> drain(pipe_reader& reader) {
    while (co_await reader.read()) {
    }
}

// All outputs at the same time: a child that fills one pipe while we wait for the other's end would
// never get there.
asio::awaitable<void> drain_all(std::map<int, pipe_reader>::iterator from,
                                std::map<int, pipe_reader>::iterator to) {
    using namespace asio::experimental::awaitable_operators;
    if (from == to) co_return;
    const auto next = std::next(from);
    co_await (drain(from->second) && drain_all(next, to));
}

template <class Pipe>
Pipe& find_pipe(std::map<int, Pipe>& pipes, int descriptor, const char* direction) {
    const auto found = pipes.find(descriptor);
    if (found != pipes.end()) return found->second;
    throw std::logic_error("descriptor " + std::to_string(descriptor) + " of this child is no " +
                           direction + " pipe");
}

}  // namespace

child::child(const asio::any_io_executor& executor, pid_t pid, support::unique_fd pidfd)
    : pid_(pid), pidfd_(executor, pidfd.get()) {
    static_cast<void>(pidfd.release());
}

child& child::operator=(child&& other) noexcept {
    if (this == &other) return *this;
    end_now();
    pid_ = other.pid_;
    pidfd_ = std::move(other.pidfd_);
    status_ = other.status_;
    readers_ = std::move(other.readers_);
    writers_ = std::move(other.writers_);
    return *this;
}

child::~child() {
    end_now();
}

void child::end_now() noexcept {
    if (!pidfd_.is_open() || status_) return;
    // SIGKILL cannot be caught, so the wait is short. ECHILD: somebody else reaped it, which is as
    // good.
    ::pidfd_send_signal(pidfd_.native_handle(), SIGKILL, nullptr, 0);
    siginfo_t info{};
    const auto id = static_cast<id_t>(pidfd_.native_handle());
    support::retry([&] { return ::waitid(P_PIDFD, id, &info, WEXITED); });
}

bool child::reap_if_ended() {
    if (!status_) status_ = reap(pidfd_.native_handle(), WNOHANG);
    return status_.has_value();
}

asio::awaitable<exit_status> child::wait() {
    while (!reap_if_ended()) {
        const auto [error] = co_await pidfd_.async_wait(asio::posix::stream_descriptor::wait_read,
                                                        support::as_result);
        support::check("wait for pidfd", error);
    }
    co_return *status_;
}

asio::awaitable<exit_status> child::wait_closed() {
    co_await drain_all(readers_.begin(), readers_.end());
    co_return co_await wait();
}

kill_result child::kill(int signal, std::error_code& error) {
    error.clear();
    // A zombie would take the signal without a word; looking first lets us tell the truth.
    if (!pidfd_.is_open() || reap_if_ended()) return kill_result::gone;
    if (::pidfd_send_signal(pidfd_.native_handle(), signal, nullptr, 0) == 0)
        return kill_result::sent;
    if (errno == ESRCH) return kill_result::gone;
    error = support::last_error();
    return kill_result::error;
}

kill_result child::kill(int signal) {
    std::error_code error;
    const kill_result result = kill(signal, error);
    if (error) support::throw_error(error, "kill " + std::to_string(pid_));
    return result;
}

void child::detach() {
    readers_.clear();
    writers_.clear();
    if (pidfd_.is_open() && !reap_if_ended()) {
        detached_children().emplace_back(pidfd_.release());
    }
}

pipe_reader& child::reader(int descriptor) {
    return find_pipe(readers_, descriptor, "output");
}

pipe_writer& child::writer(int descriptor) {
    return find_pipe(writers_, descriptor, "input");
}

void reap_detached() {
    std::erase_if(detached_children(), [](const support::unique_fd& pidfd) {
        siginfo_t info{};
        const auto id = static_cast<id_t>(pidfd.get());
        return ::waitid(P_PIDFD, id, &info, WEXITED | WNOHANG) == -1 || info.si_pid != 0;
    });
}

}  // namespace child_process
