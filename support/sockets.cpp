#include "support/sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <chrono>
#include <cstring>

#include "support/syscall.hpp"

namespace support {
namespace {

struct socket_address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    template <class Address>
    Address& as(int family) {
        size = sizeof(Address);
        storage.ss_family = static_cast<sa_family_t>(family);
        return reinterpret_cast<Address&>(storage);
    }
    [[nodiscard]] const sockaddr* get() const {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
};

socket_address ip_address(const std::string& text, std::uint16_t port) {
    socket_address address;
    auto& v4 = address.as<sockaddr_in>(AF_INET);
    v4.sin_port = htons(port);
    if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) return address;
    address = {};
    auto& v6 = address.as<sockaddr_in6>(AF_INET6);
    v6.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) return address;
    throw_error(std::make_error_code(std::errc::invalid_argument), "address " + text);
}

std::string shown(const std::string& address, std::uint16_t port) {
    const bool v6 = address.find(':') != std::string::npos;
    return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

unique_fd open_socket(int family, int type) {
    return unique_fd(check("socket", ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)));
}

void switch_on(int fd, int level, int option) {
    const int on = 1;
    check("setsockopt", ::setsockopt(fd, level, option, &on, sizeof on));
}

unique_fd bind_ip(int type, const std::string& address, std::uint16_t port, bind_options options) {
    const socket_address where = ip_address(address, port);
    unique_fd fd = open_socket(where.storage.ss_family, type);
    // A server that starts again must not wait until the old connections have left TIME_WAIT.
    if (type == SOCK_STREAM || options.share_address) switch_on(fd.get(), SOL_SOCKET, SO_REUSEADDR);
    if (options.share_port) switch_on(fd.get(), SOL_SOCKET, SO_REUSEPORT);
    if (options.only_ipv6 && where.storage.ss_family == AF_INET6) {
        switch_on(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
    }
    check("bind " + shown(address, port), ::bind(fd.get(), where.get(), where.size));
    return fd;
}

bool is_shortage(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

unique_fd bind_tcp(const std::string& address, std::uint16_t port, bind_options options) {
    return bind_ip(SOCK_STREAM, address, port, options);
}

unique_fd listen_tcp(const std::string& address, std::uint16_t port, int backlog) {
    unique_fd fd = bind_tcp(address, port);
    check("listen " + shown(address, port), ::listen(fd.get(), backlog));
    return fd;
}

unique_fd bind_udp(const std::string& address, std::uint16_t port, bind_options options) {
    return bind_ip(SOCK_DGRAM, address, port, options);
}

unique_fd bind_unix(const std::string& path) {
    socket_address where;
    auto& address = where.as<sockaddr_un>(AF_UNIX);
    if (path.size() >= sizeof address.sun_path) {
        throw_error(std::make_error_code(std::errc::filename_too_long), "address " + path);
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    unique_fd fd = open_socket(AF_UNIX, SOCK_STREAM);
    check("bind " + path, ::bind(fd.get(), where.get(), where.size));
    return fd;
}

unique_fd listen_unix(const std::string& path, int backlog) {
    unique_fd fd = bind_unix(path);
    check("listen " + path, ::listen(fd.get(), backlog));
    return fd;
}

std::optional<ip_endpoint> local_endpoint(int fd) {
    socket_address where;
    where.size = sizeof where.storage;
    auto* address = reinterpret_cast<sockaddr*>(&where.storage);
    check("getsockname", ::getsockname(fd, address, &where.size));
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (where.storage.ss_family == AF_INET) {
        const auto& v4 = where.as<sockaddr_in>(AF_INET);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        return ip_endpoint{text.data(), ntohs(v4.sin_port), false};
    }
    if (where.storage.ss_family == AF_INET6) {
        const auto& v6 = where.as<sockaddr_in6>(AF_INET6);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        return ip_endpoint{text.data(), ntohs(v6.sin6_port), true};
    }
    return std::nullopt;
}

std::uint16_t local_port(int fd) {
    const auto where = local_endpoint(fd);
    if (!where) throw_error({EAFNOSUPPORT, std::system_category()}, "getsockname");
    return where->port;
}

socket_pair make_socket_pair() {
    std::array<int, 2> ends{};
    check("socketpair", ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()));
    return {unique_fd(ends[0]), unique_fd(ends[1])};
}

bool may_accept_again(int error) {
    return error == EINTR || error == ECONNABORTED || error == EPROTO || error == ENETDOWN ||
           error == EHOSTUNREACH || error == ENETUNREACH;
}

acceptor::acceptor(const asio::any_io_executor& executor, unique_fd listening)
    : listening_(watch(executor, listening)) {
    set_nonblocking(listening_.native_handle());
}

asio::awaitable<std::optional<unique_fd>> acceptor::accept() {
    constexpr int longest_run = 16;  // then other coroutines have their turn
    const weak_ref<acceptor> self(anchor_);
    while (self && self->listening_.is_open()) {
        auto& listening = self->listening_;
        const bool rest = self->in_a_row_ == longest_run;
        unique_fd connection = rest ? unique_fd() : self->accept_now();
        if (connection) {
            ++self->in_a_row_;
            co_return connection;
        }
        self->in_a_row_ = 0;
        if (!rest && is_shortage(errno)) {
            asio::steady_timer pause(listening.get_executor(), std::chrono::milliseconds(100));
            co_await pause.async_wait(as_result);
            continue;
        }
        co_await listening.async_wait(asio::posix::stream_descriptor::wait_read, as_result);
    }
    co_return std::nullopt;
}

unique_fd acceptor::accept_now() {
    int fd = -1;
    do {
        fd = ::accept4(listening_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (fd < 0 && may_accept_again(errno));
    const bool expected = errno == EAGAIN || errno == EWOULDBLOCK || is_shortage(errno);
    if (fd < 0 && !expected) throw_error(last_error(), "accept4");
    return unique_fd(fd);
}

void acceptor::close() {
    boost::system::error_code ignored;
    listening_.close(ignored);
}

}  // namespace support
