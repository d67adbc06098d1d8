#include "support/sockets.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <fstream>

#include "support/syscall.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace support;

namespace {

std::error_code failure_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::system_error& error) {
        return error.code();
    }
    return {};
}

}  // namespace

TEST_CASE("a listening socket has a port, takes connections and is close-on-exec",
          "[support][sockets]") {
    const unique_fd listening = listen_tcp("127.0.0.1", 0);
    const std::uint16_t port = local_port(listening.get());
    CHECK(port > 0);
    const unique_fd client(tests::connect_to(port));
    CHECK(::fcntl(listening.get(), F_GETFD) == FD_CLOEXEC);
    CHECK((::fcntl(listening.get(), F_GETFL) & O_NONBLOCK) != 0);
}

TEST_CASE("a port that is taken is EADDRINUSE with the address in words", "[support][sockets]") {
    const unique_fd first = listen_tcp("127.0.0.1", 0);
    const std::uint16_t port = local_port(first.get());
    const auto taken = failure_of([&] { static_cast<void>(listen_tcp("127.0.0.1", port)); });
    CHECK(taken == std::errc::address_in_use);
    CHECK_THROWS_WITH(listen_tcp("127.0.0.1", port),
                      "bind 127.0.0.1:" + std::to_string(port) + ": Address already in use");
}

TEST_CASE("a port can be bound again at once after its server has gone", "[support][sockets]") {
    std::uint16_t port = 0;
    {
        const unique_fd listening = listen_tcp("127.0.0.1", 0);
        port = local_port(listening.get());
        const unique_fd client(tests::connect_to(port));
        const unique_fd served(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
        REQUIRE(served);
        // Our side closes first, so the connection stays in TIME_WAIT here.
    }
    CHECK_NOTHROW(listen_tcp("127.0.0.1", port));
}

TEST_CASE("addresses may be IPv6, and :: takes IPv4 as well", "[support][sockets]") {
    const unique_fd listening = listen_tcp("::", 0);
    const unique_fd client(tests::connect_to(local_port(listening.get())));
    CHECK(client);
}

TEST_CASE("an address that is none is EINVAL", "[support][sockets]") {
    const auto no_address = failure_of([] { static_cast<void>(listen_tcp("localhost", 0)); });
    CHECK(no_address == std::errc::invalid_argument);
    CHECK_THROWS_WITH(listen_tcp("300.0.0.1", 0), "address 300.0.0.1: Invalid argument");
    const auto not_ours = failure_of([] { static_cast<void>(bind_tcp("192.0.2.1", 0)); });
    CHECK(not_ours == std::errc::address_not_available);
}

TEST_CASE("a bound UDP socket receives", "[support][sockets]") {
    const unique_fd receiver = bind_udp("127.0.0.1", 0);
    const unique_fd sender = bind_udp("127.0.0.1", 0);
    CHECK(local_port(receiver.get()) != local_port(sender.get()));
    sockaddr_storage where{};
    socklen_t size = sizeof where;
    auto* address = reinterpret_cast<sockaddr*>(&where);
    check("getsockname", ::getsockname(receiver.get(), address, &size));
    check("sendto", ::sendto(sender.get(), "hi", 2, 0, address, size));
    char text[8] = {};
    CHECK(::recv(receiver.get(), text, sizeof text, 0) == 2);
}

TEST_CASE("a unix socket listens at its path, once", "[support][sockets]") {
    const tests::temporary_folder folder;
    const std::string path = folder.file("socket");
    const unique_fd listening = listen_unix(path);
    const auto taken = failure_of([&] { static_cast<void>(listen_unix(path)); });
    CHECK(taken == std::errc::address_in_use);
    const auto without_ports = failure_of([&] { static_cast<void>(local_port(listening.get())); });
    CHECK(without_ports == std::errc::address_family_not_supported);
    const std::string too_long = folder.file(std::string(200, 'x'));
    const auto path_too_long = failure_of([&] { static_cast<void>(listen_unix(too_long)); });
    CHECK(path_too_long == std::errc::filename_too_long);
}

TEST_CASE("local_port of what is no socket is ENOTSOCK", "[support][sockets]") {
    const pipe_ends pipe = make_pipe();
    const auto no_socket = failure_of([&] { static_cast<void>(local_port(pipe.read.get())); });
    CHECK(no_socket == std::errc::not_a_socket);
}

TEST_CASE("both ends of a socket pair talk to each other", "[support][sockets]") {
    const support::socket_pair pair = make_socket_pair();
    CHECK(::send(pair.first.get(), "x", 1, 0) == 1);
    char got = 0;
    CHECK(::recv(pair.second.get(), &got, 1, 0) == 1);
    CHECK(::fcntl(pair.second.get(), F_GETFD) == FD_CLOEXEC);
}
