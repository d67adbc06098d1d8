#include "05-round-robin/limited_acceptor.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "01-spawn-exec/pipes.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"

namespace cluster {
namespace {

constexpr std::chrono::milliseconds rest_time{100};

accepted_connection accept_one(int listening) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    accepted_connection result;
    result.fd = support::unique_fd(::accept4(listening, reinterpret_cast<sockaddr*>(&from), &size,
                                             SOCK_CLOEXEC | SOCK_NONBLOCK));
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* address = nullptr;
    if (from.ss_family == AF_INET) address = &reinterpret_cast<sockaddr_in&>(from).sin_addr;
    if (from.ss_family == AF_INET6) address = &reinterpret_cast<sockaddr_in6&>(from).sin6_addr;
    if (result.fd && address != nullptr) {
        result.client_address = ::inet_ntop(from.ss_family, address, text.data(), text.size());
    }
    return result;
}

asio::posix::stream_descriptor watched(const asio::any_io_executor& executor,
                                       support::unique_fd listening) {
    support::set_nonblocking(listening.get());
    return child_process::watch(executor, listening);
}

}  // namespace

// The answer is read only if we do not reset the connection under it, so what the client has sent
// is read first. With an end: a client on this machine can write as fast as we read.
void turn_away(support::unique_fd connection, const std::string& text) {
    if (text.empty()) return;
    constexpr int enough = 16;
    std::array<char, 4096> unread{};
    ::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(connection.get(), SHUT_WR);
    for (int n = 0; n < enough; ++n) {
        if (::recv(connection.get(), unread.data(), unread.size(), MSG_DONTWAIT) <= 0) return;
    }
}

limited_acceptor::limited_acceptor(const asio::any_io_executor& executor,
                                   support::unique_fd listening, std::function<void()> on_ready)
    // Others hold copies of it, perhaps: as it is given to Asio here, Asio takes it out of its
    // epoll set when we close ours.
    : listening_(watched(executor, std::move(listening))),
      on_ready_(std::move(on_ready)),
      rest_(executor) {}

std::vector<accepted_connection>& limited_acceptor::accept(std::size_t most) {
    accepted_.clear();
    if (resting_ || !is_open()) return accepted_;
    while (accepted_.size() < most && expects_more()) {
        accepted_connection one = accept_one(listening_.native_handle());
        if (one.fd) {
            accepted_.push_back(std::move(one));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (!support::may_accept_again(errno)) {
            rest();
            break;
        }
    }
    expected_ = std::max<std::size_t>(accepted_.size(), 1);
    return accepted_;
}

// accept(2) makes a whole socket before it finds that nobody is there for it. To ask costs a tenth
// of that, so beyond as many as came the last time we ask.
bool limited_acceptor::expects_more() {
    if (accepted_.size() < expected_) return true;
    pollfd listening{listening_.native_handle(), POLLIN, 0};
    return ::poll(&listening, 1, 0) > 0;
}

void limited_acceptor::wait() {
    if (resting_ || !is_open() || std::exchange(waiting_, true)) return;
    listening_.async_wait(
        asio::posix::stream_descriptor::wait_read,
        [self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
            if (!self) return;
            self->waiting_ = false;
            if (!error) self->on_ready_();
        });
}

void limited_acceptor::rest() {
    resting_ = true;
    rest_.expires_after(rest_time);
    rest_.async_wait([self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
        if (error || !self) return;
        self->resting_ = false;
        self->on_ready_();
    });
}

}  // namespace cluster
