// Handles that real Node passes to us, as our child and as our parent.
#include "tests/03-handle-passing/node_talk.hpp"

using namespace child_process;
using namespace tests;

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
