// Against real Node, in both roles: each test runs with Node as our child and as our parent.
#include <sys/un.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "tests/03-handle-passing/wire.hpp"

using namespace child_process;
using namespace tests;

namespace {

// A socket that a test talks on without blocking the event loop, on which the tap runs.
class talker {
  public:
    talker(const asio::any_io_executor& executor, unique_fd fd) : socket_(executor, fd.release()) {}

    asio::awaitable<void> say(std::string text) {
        const auto [ec, size] =
            co_await asio::async_write(socket_, asio::buffer(text), support::as_result);
        support::check("write", ec);
    }
    /// Some of what comes; empty at the end.
    asio::awaitable<std::string> hear() {
        std::string text(256, '\0');
        const auto [ec, size] =
            co_await socket_.async_read_some(asio::buffer(text), support::as_result);
        text.resize(ec ? 0 : size);
        co_return text;
    }

  private:
    asio::posix::stream_descriptor socket_;
};

asio::awaitable<void> expect_took(node_peer& node, json message, json as) {
    json expected = {{"took", std::move(message)}, {"as", std::move(as)}};
    co_await expect(node.channel(), expected);
}

asio::awaitable<void> tell(node_peer& node, const char* command) {
    const json message = json::parse(command);
    const bool sent = co_await node.channel().send(message);
    REQUIRE(sent);
}

asio::awaitable<std::string> hear_from(unique_fd socket) {
    talker line(co_await asio::this_coro::executor, std::move(socket));
    const std::string heard = co_await line.hear();
    co_return heard;
}

// How many lines of ours, or of Node's, with this text have gone over the wire.
std::ptrdiff_t passed(node_peer& node, bool ours, const char* text) {
    const auto& lines = node.tap().lines();
    return std::count_if(lines.begin(), lines.end(), [&](const wire_tap::line& line) {
        return line.ours == ours && line.text.find(text) != std::string::npos;
    });
}

asio::awaitable<std::uint16_t> told_port(node_peer& node) {
    const auto told = co_await node.channel().receive();
    REQUIRE(told);
    REQUIRE(told->message.contains("port"));
    co_return told->message["port"].get<std::uint16_t>();
}

}  // namespace

TEST_CASE("Node serves a listening socket of ours", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        handle server(support::listen_tcp("127.0.0.1", 0));
        const auto port = support::local_port(server.fd());
        const delivery outcome = co_await node.channel().send("a server", std::move(server));
        CHECK(outcome == delivery::arrived);
        co_await expect_took(node, "a server", "net.Server");
        const std::string heard = co_await hear_from(unique_fd(connect_to(port)));
        CHECK(heard == "node serves");
    });
}

TEST_CASE("Node talks on a connection of ours", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        auto [client, accepted] = make_tcp_pair();
        handle passed(std::move(accepted));
        const delivery outcome = co_await node.channel().send("a socket", std::move(passed));
        CHECK(outcome == delivery::arrived);
        co_await expect_took(node, "a socket", "net.Socket");
        talker line(co_await asio::this_coro::executor, std::move(client));
        co_await line.say("hello");
        const std::string heard = co_await line.hear();
        CHECK(heard == "node heard hello");
    });
}

TEST_CASE("Node answers on a UDP socket of ours", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        handle udp(support::bind_udp("127.0.0.1", 0));
        sockaddr_storage where{};
        socklen_t size = sizeof where;
        auto* address = reinterpret_cast<sockaddr*>(&where);
        REQUIRE(::getsockname(udp.fd(), address, &size) == 0);
        const delivery outcome = co_await node.channel().send("a UDP socket", std::move(udp));
        CHECK(outcome == delivery::arrived);
        co_await expect_took(node, "a UDP socket", "dgram.Socket");
        unique_fd client = support::bind_udp("127.0.0.1", 0);
        REQUIRE(::sendto(client.get(), "ping", 4, 0, address, size) == 4);
        const std::string heard = co_await hear_from(std::move(client));
        CHECK(heard == "node heard ping");
    });
}

TEST_CASE("Node talks on a pipe of ours", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        auto [ours, theirs] = support::make_socket_pair();
        handle passed(std::move(theirs));
        const delivery outcome = co_await node.channel().send("a pipe", std::move(passed));
        CHECK(outcome == delivery::arrived);
        co_await expect_took(node, "a pipe", "net.Socket");
        talker line(co_await asio::this_coro::executor, std::move(ours));
        co_await line.say("hello");
        const std::string heard = co_await line.hear();
        CHECK(heard == "node heard hello");
    });
}

TEST_CASE("Node takes bare handles of ours, as its cluster does", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        const handle server(support::listen_tcp("127.0.0.1", 0));
        handle bare = server.duplicate().as_native();
        delivery outcome = co_await node.channel().send("bare", std::move(bare));
        CHECK(outcome == delivery::arrived);
        co_await expect_took(node, "bare", "TCP");
        handle udp = handle(support::bind_udp("127.0.0.1", 0)).as_native();
        outcome = co_await node.channel().send("bare", std::move(udp));
        CHECK(outcome == delivery::arrived);
        co_await expect_took(node, "bare", "UDP");
    });
}

TEST_CASE("we serve a listening socket of Node's, after it has closed its own", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        co_await tell(node, R"({"do":"server"})");
        auto got = co_await expect_handle(node.channel(), "server", handle_kind::server);
        const auto port = support::local_port(got.passed->fd());
        const json closed = {{"closed", port}};
        co_await expect(node.channel(), closed);
        support::acceptor door(co_await asio::this_coro::executor,
                               std::move(*got.passed).release());
        const unique_fd client(connect_to(port));
        const auto accepted = co_await door.accept();
        CHECK(accepted.has_value());
    });
}

TEST_CASE("we talk on a connection that Node accepted", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        co_await tell(node, R"({"do":"socket"})");
        const auto port = co_await told_port(node);
        unique_fd client(connect_to(port));
        auto got = co_await expect_handle(node.channel(), "socket", handle_kind::socket);
        CHECK(got.passed->key() == "4:127.0.0.1:0");
        {
            const unique_fd ours = std::move(*got.passed).release();
            REQUIRE(::send(ours.get(), "ours", 4, 0) == 4);
        }
        const std::string heard = co_await hear_from(support::duplicate(client.get()));
        CHECK(heard == "ours");
        // Node has given its copy up, so that our close is the end.
        const std::string end = co_await hear_from(std::move(client));
        CHECK(end.empty());
    });
}

TEST_CASE("we answer on a UDP socket of Node's", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        co_await tell(node, R"({"do":"udp"})");
        const auto got = co_await expect_handle(node.channel(), "udp", handle_kind::datagram);
        CHECK(support::local_port(got.passed->fd()) != 0);
        sockaddr_storage where{};
        socklen_t size = sizeof where;
        auto* address = reinterpret_cast<sockaddr*>(&where);
        REQUIRE(::getsockname(got.passed->fd(), address, &size) == 0);
        const unique_fd client = support::bind_udp("127.0.0.1", 0);
        REQUIRE(::sendto(client.get(), "ping", 4, 0, address, size) == 4);
        const std::string heard = co_await hear_from(support::duplicate(got.passed->fd()));
        CHECK(heard == "ping");
    });
}

TEST_CASE("we talk on a pipe of Node's", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        const temporary_folder folder;
        const json command = {{"do", "pipe"}, {"path", folder.file("socket")}};
        node.channel().post(command);
        co_await expect(node.channel(), "pipe is open");
        sockaddr_un where{};
        where.sun_family = AF_UNIX;
        std::strncpy(where.sun_path, folder.file("socket").c_str(), sizeof where.sun_path - 1);
        unique_fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto* generic = reinterpret_cast<const sockaddr*>(&where);
        REQUIRE(::connect(client.get(), generic, sizeof where) == 0);
        const auto got = co_await expect_handle(node.channel(), "pipe", handle_kind::pipe);
        REQUIRE(::send(got.passed->fd(), "ours", 4, 0) == 4);
        const std::string heard = co_await hear_from(std::move(client));
        CHECK(heard == "ours");
    });
}

TEST_CASE("Node's getConnections and close count the connections that we hold", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        co_await tell(node, R"({"do":"socket"})");
        const auto port = co_await told_port(node);
        const unique_fd first(connect_to(port));
        auto one = co_await expect_handle(node.channel(), "socket", handle_kind::socket);
        const unique_fd second(connect_to(port));
        auto other = co_await expect_handle(node.channel(), "socket", handle_kind::socket);
        co_await tell(node, R"({"do":"count"})");
        json count = {{"count", 2}};
        co_await expect(node.channel(), count);
        one = incoming();
        co_await tell(node, R"({"do":"count"})");
        count["count"] = 1;
        co_await expect(node.channel(), count);
        co_await tell(node, R"({"do":"close"})");
        co_await until([&] { return passed(node, false, "NODE_SOCKET_NOTIFY_CLOSE") == 1; });
        CHECK(passed(node, true, "NODE_SOCKET_ALL_CLOSED") == 0);
        // The server is closed when the last connection has ended, which is here.
        other = incoming();
        co_await expect(node.channel(), "server is closed");
    });
}

TEST_CASE("we count the connections that Node holds", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        std::vector<unique_fd> clients;
        for (int n = 0; n < 2; ++n) {
            auto [client, accepted] = make_tcp_pair();
            clients.push_back(std::move(client));
            handle passed = handle(std::move(accepted)).counted_as("4:127.0.0.1:8000");
            node.channel().post("quietly", std::move(passed));
            co_await expect_took(node, "quietly", "net.Socket");
        }
        auto& connections = node.channel().connections();
        const auto count = co_await connections.count("4:127.0.0.1:8000");
        CHECK(count == std::size_t{2});
        clients.clear();
        const bool none = co_await connections.until_none("4:127.0.0.1:8000");
        CHECK(none);
        const auto left = co_await connections.count("4:127.0.0.1:8000");
        CHECK(left == std::size_t{0});
    });
}

TEST_CASE("a connection that Node keeps open is open at both", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        co_await tell(node, R"({"do":"socket","keepOpen":true})");
        const auto port = co_await told_port(node);
        const unique_fd client(connect_to(port));
        auto got = co_await expect_handle(node.channel(), "socket", handle_kind::socket);
        got = incoming();
        co_await tell(node, R"({"do":"say","text":"still here"})");
        co_await expect(node.channel(), "still here");
        CHECK_FALSE(hung_up(client.get()));
    });
}

TEST_CASE("Node and we send handles at the same time, a hundred each", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        constexpr int times = 100;
        const handle server(support::listen_tcp("127.0.0.1", 0));
        co_await tell(node, R"({"do":"both","times":100})");
        for (int n = 0; n < times; ++n) {
            handle bare = server.duplicate().as_native();
            node.channel().post("bare", std::move(bare));
        }
        int next = 0;
        int taken = 0;
        while (next < times || taken < times) {
            const auto got = co_await node.channel().receive();
            REQUIRE(got);
            if (got->passed) {
                CHECK(got->message == next++);
            } else {
                CHECK(got->message["as"] == "TCP");
                ++taken;
            }
        }
    });
}

TEST_CASE("messages to Node keep their order around handles", "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        const handle server(support::listen_tcp("127.0.0.1", 0));
        for (int n = 0; n < 30; ++n) {
            if (n % 3 == 0) {
                handle bare = server.duplicate().as_native();
                node.channel().post(n, std::move(bare));
            } else {
                node.channel().post(n);
            }
        }
        for (int n = 0; n < 30; ++n) {
            const json as = n % 3 == 0 ? json("TCP") : json(nullptr);
            co_await expect_took(node, n, as);
        }
    });
}

TEST_CASE("Node sends a connection again when our table is full, and we get it once",
          "[03][node]") {
    with_node([](node_peer& node) -> asio::awaitable<void> {
        co_await tell(node, R"({"do":"socket","text":"S"})");
        const auto port = co_await told_port(node);
        const unique_fd client(connect_to(port));
        {
            const few_descriptors full(0);
            co_await until([&] { return passed(node, true, "NODE_HANDLE_NACK") > 0; });
        }
        const auto got = co_await expect_handle(node.channel(), "S", handle_kind::socket);
        CHECK(got.passed->key() == "4:127.0.0.1:0");
        co_await tell(node, R"({"do":"say","text":"behind"})");
        co_await expect(node.channel(), "behind");
        CHECK(passed(node, false, R"("type":"net.Native","msg":{"cmd":"NODE_HANDLE")") > 0);
        CHECK(passed(node, true, "NODE_HANDLE_ACK") == 1);
    });
}
