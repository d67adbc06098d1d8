#include "01-spawn-exec/child.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "01-spawn-exec/adopted.hpp"
#include "support/syscall.hpp"

extern "C" {  // glibc 2.36 forgot this in the header itself
#include <sys/pidfd.h>
}

namespace child_process {
namespace {

using asio::posix::stream_descriptor;

// The processes that we let go, until they are found ended and reaped.
std::vector<support::unique_fd>& detached_children() {
    static std::vector<support::unique_fd> pidfds;
    return pidfds;
}

// waitid on a pidfd. With WNOHANG, si_pid stays 0 while the process runs. The system call itself
// can also tell what the process used; the C library's function leaves that out.
int wait_for(int pidfd, siginfo_t& info, int flags, rusage* usage = nullptr) {
    return support::retry([&] {
        const auto result = ::syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | flags, usage);
        return static_cast<int>(result);
    });
}

resource_usage as_resource_usage(const rusage& usage) {
    const auto time = [](const timeval& value) {
        return std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec);
    };
    constexpr std::size_t kibibyte = 1024;
    return {time(usage.ru_utime), time(usage.ru_stime),
            static_cast<std::size_t>(usage.ru_maxrss) * kibibyte};
}

// Ends the process and reaps it. SIGKILL cannot be caught, so the wait is short; but it can be
// refused, and then waiting would take as long as the process pleases.
void kill_and_reap(support::unique_fd pidfd) {
    if (::pidfd_send_signal(pidfd.get(), SIGKILL, nullptr, 0) == -1 && errno != ESRCH) {
        detached_children().push_back(std::move(pidfd));
        return;
    }
    // Asio makes a descriptor that it watches non-blocking, and on such a pidfd waitid does not
    // wait but fails with EAGAIN. Waiting with poll instead is not enough: a pidfd may be readable
    // a moment before waitid sees the end.
    support::set_nonblocking(pidfd.get(), false);
    siginfo_t info{};
    wait_for(pidfd.get(), info, 0);
    forget_own_child(info.si_pid);
}

// The chunk has a name because g++ 12 breaks on a co_await whose result stays nameless in a
// condition.
asio::awaitable<void> drain(pipe_reader& reader) {
    while (auto dropped = co_await reader.read()) {
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

child::child(const asio::any_io_executor& executor, pid_t pid, support::unique_fd pidfd,
             parent_ends ends) try
    : pid_(pid), pidfd_(watch(executor, pidfd)), ends_(std::move(ends)) {
    add_own_child(pid);
} catch (...) {
    kill_and_reap(std::move(pidfd));
}

child& child::operator=(child&& other) noexcept {
    if (this == &other) return *this;
    end_now();
    pid_ = other.pid_;
    pidfd_ = std::move(other.pidfd_);
    status_ = other.status_;
    usage_ = other.usage_;
    ends_ = std::move(other.ends_);
    return *this;
}

child::~child() {
    end_now();
}

void child::end_now() noexcept {
    if (pidfd_.is_open() && !status_) kill_and_reap(support::unique_fd(pidfd_.release()));
}

bool child::reap_if_ended() {
    if (status_) return true;
    siginfo_t info{};
    rusage usage{};
    support::check("waitid", wait_for(pidfd_.native_handle(), info, WNOHANG, &usage));
    if (info.si_pid == 0) return false;
    status_ = exit_status::from(info);
    forget_own_child(pid_);
    usage_ = as_resource_usage(usage);
    return true;
}

asio::awaitable<exit_status> child::wait() {
    while (!reap_if_ended()) {
        // A pidfd becomes readable when its process ends, perhaps a moment before it can be reaped.
        const auto [error] =
            co_await pidfd_.async_wait(stream_descriptor::wait_read, support::as_result);
        support::check("wait for pidfd", error);
    }
    co_return *status_;
}

asio::awaitable<exit_status> child::wait_closed() {
    co_await drain_all(ends_.readers.begin(), ends_.readers.end());
    co_return co_await wait();
}

kill_result child::kill(int signal, std::error_code& error) {
    error.clear();
    if (status_ || !pidfd_.is_open()) return kill_result::gone;
    // A zombie would take the signal without a word; looking first lets us tell the truth. WNOWAIT:
    // reaping is left to wait().
    siginfo_t info{};
    const int looked = wait_for(pidfd_.native_handle(), info, WNOHANG | WNOWAIT);
    if (looked == -1 || info.si_pid != 0) return kill_result::gone;
    if (::pidfd_send_signal(pidfd_.native_handle(), signal, nullptr, 0) == 0) {
        return kill_result::sent;
    }
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
    ends_ = {};
    if (!pidfd_.is_open()) return;
    support::unique_fd pidfd(pidfd_.release());
    if (!status_) detached_children().push_back(std::move(pidfd));
}

pipe_reader& child::reader(int descriptor) {
    return find_pipe(ends_.readers, descriptor, "output");
}

pipe_writer& child::writer(int descriptor) {
    return find_pipe(ends_.writers, descriptor, "input");
}

void reap_detached() {
    std::erase_if(detached_children(), [](const support::unique_fd& pidfd) {
        siginfo_t info{};
        const bool gone = wait_for(pidfd.get(), info, WNOHANG) == -1 || info.si_pid != 0;
        forget_own_child(info.si_pid);
        return gone;
    });
}

}  // namespace child_process
