#include "03-handle-passing/handle.hpp"

#include <fcntl.h>
#include <sys/un.h>

#include "tests/03-handle-passing/channels.hpp"
#include "tests/leaks.hpp"

using namespace child_process;
using namespace tests;

namespace {

unique_fd any_socket(int domain, int type) {
    return unique_fd(support::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)));
}

unique_fd a_file() {
    return unique_fd(support::check("open", ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)));
}

// The errno with which something is refused; 0 if it is not.
int refusal(const std::function<void()>& attempt) {
    try {
        attempt();
    } catch (const std::system_error& error) {
        CHECK(std::string(error.what()).find("handle") == 0);
        return error.code().value();
    }
    return 0;
}
int refusal(unique_fd socket) {
    return refusal([&] { const handle refused(std::move(socket)); });
}
int refusal(const char* wire_type, unique_fd socket) {
    return refusal([&] { const handle refused = handle::arrived(wire_type, std::move(socket)); });
}

bool is_listening(int fd) {
    int value = 0;
    socklen_t size = sizeof value;
    support::check("getsockopt", ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size));
    return value != 0;
}

// A connection whose client has reset it.
unique_fd reset_connection() {
    auto [client, accepted] = make_tcp_pair();
    const linger at_once{1, 0};
    ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    client.reset();
    return std::move(accepted);
}

}  // namespace

TEST_CASE("a handle knows what its socket is, and its name on the wire", "[03][handle]") {
    const temporary_folder folder;
    const handle server(support::listen_tcp("127.0.0.1", 0));
    CHECK(server.kind() == handle_kind::server);
    CHECK(server.wire_type() == "net.Server");
    const handle unix_server(support::listen_unix(folder.file("s")));
    CHECK(unix_server.kind() == handle_kind::server);
    CHECK(unix_server.wire_type() == "net.Server");
    auto [client, accepted] = make_tcp_pair();
    const handle socket(std::move(accepted));
    CHECK(socket.kind() == handle_kind::socket);
    CHECK(socket.wire_type() == "net.Socket");
    const handle udp(support::bind_udp("127.0.0.1", 0));
    CHECK(udp.kind() == handle_kind::datagram);
    CHECK(udp.wire_type() == "dgram.Socket");
    CHECK(udp.datagram_type() == "udp4");
    CHECK(handle(support::bind_udp("::1", 0)).datagram_type() == "udp6");
    auto line = support::make_socket_pair();
    const handle pipe(std::move(line.first));
    CHECK(pipe.kind() == handle_kind::pipe);
    CHECK(pipe.wire_type() == "net.Socket");
    CHECK(pipe.datagram_type().empty());
}

TEST_CASE("a bare handle has a bare name", "[03][handle]") {
    CHECK(handle(support::listen_tcp("127.0.0.1", 0)).as_native().wire_type() == "net.Native");
    CHECK(handle(support::bind_udp("127.0.0.1", 0)).as_native().wire_type() == "dgram.Native");
}

TEST_CASE("a handle cannot hold what is no socket", "[03][handle]") {
    CHECK(refusal(a_file()) == ENOTSOCK);
    CHECK(refusal(std::move(support::make_pipe().read)) == ENOTSOCK);
    CHECK(refusal(unique_fd(::open("/dev/null", O_RDWR | O_CLOEXEC))) == ENOTSOCK);
    CHECK(refusal("net.Native", a_file()) == ENOTSOCK);
    CHECK(refusal("dgram.Native", a_file()) == ENOTSOCK);
}

TEST_CASE("a handle cannot hold a socket that Node could not take", "[03][handle]") {
    CHECK(refusal(any_socket(AF_UNIX, SOCK_DGRAM)) == EPROTOTYPE);
    CHECK(refusal(any_socket(AF_NETLINK, SOCK_DGRAM)) == EPROTOTYPE);
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
    CHECK(refusal(unique_fd(ends[0])) == EPROTOTYPE);
    CHECK(refusal("net.Native", unique_fd(ends[1])) == EPROTOTYPE);
}

TEST_CASE("a socket whose use cannot be seen has to be told", "[03][handle]") {
    CHECK(refusal(support::bind_tcp("127.0.0.1", 0)) == ENOTCONN);
    const handle server(support::bind_tcp("127.0.0.1", 0), handle_kind::server);
    CHECK(server.wire_type() == "net.Server");
    CHECK(refusal([] { handle(support::bind_udp("127.0.0.1", 0), handle_kind::server); }) ==
          EPROTOTYPE);
    CHECK(refusal([] { handle(support::listen_tcp("127.0.0.1", 0), handle_kind::socket); }) ==
          EPROTOTYPE);
    CHECK(refusal([] { handle(std::move(make_tcp_pair().accepted), handle_kind::pipe); }) ==
          EPROTOTYPE);
}

TEST_CASE("a connection whose client has gone is still a connection", "[03][handle]") {
    const handle sent(reset_connection(), handle_kind::socket);
    CHECK(sent.wire_type() == "net.Socket");
    const handle got = handle::arrived("net.Socket", reset_connection());
    CHECK(got.kind() == handle_kind::socket);
    CHECK_FALSE(is_listening(got.fd()));
}

TEST_CASE("a descriptor that is not what its message says is refused", "[03][handle]") {
    CHECK(refusal("net.Server", support::bind_udp("127.0.0.1", 0)) == EPROTOTYPE);
    CHECK(refusal("net.Server", std::move(make_tcp_pair().accepted)) == EPROTOTYPE);
    CHECK(refusal("net.Socket", support::listen_tcp("127.0.0.1", 0)) == EPROTOTYPE);
    CHECK(refusal("net.Socket", support::bind_udp("127.0.0.1", 0)) == EPROTOTYPE);
    CHECK(refusal("net.Native", support::bind_udp("127.0.0.1", 0)) == EPROTOTYPE);
    CHECK(refusal("dgram.Socket", support::listen_tcp("127.0.0.1", 0)) == EPROTOTYPE);
    CHECK(refusal("dgram.Native", std::move(make_tcp_pair().accepted)) == EPROTOTYPE);
    CHECK(refusal("net.Unknown", support::listen_tcp("127.0.0.1", 0)) == EINVAL);
    CHECK(refusal("", support::listen_tcp("127.0.0.1", 0)) == EINVAL);
}

TEST_CASE("a server that arrives without listening does then, a bare one does not",
          "[03][handle]") {
    const handle server = handle::arrived("net.Server", support::bind_tcp("127.0.0.1", 0));
    CHECK(is_listening(server.fd()));
    const handle bare = handle::arrived("net.Native", support::bind_tcp("127.0.0.1", 0));
    CHECK(bare.kind() == handle_kind::server);
    CHECK(bare.native());
    CHECK_FALSE(is_listening(bare.fd()));
}

TEST_CASE("a duplicate is the same socket and keeps name and key", "[03][handle]") {
    const handle one =
        handle(std::move(make_tcp_pair().accepted)).counted_as("4:127.0.0.1:0").as_native();
    const handle other = one.duplicate();
    CHECK(other.fd() != one.fd());
    CHECK(same_socket(other.fd(), one.fd()));
    CHECK(other.key() == "4:127.0.0.1:0");
    CHECK(other.wire_type() == "net.Native");
}

TEST_CASE("a released descriptor is the receiver's", "[03][handle]") {
    unique_fd kept;
    {
        handle passed(support::bind_udp("127.0.0.1", 0));
        kept = std::move(passed).release();
    }
    CHECK(support::local_port(kept.get()) != 0);
}
