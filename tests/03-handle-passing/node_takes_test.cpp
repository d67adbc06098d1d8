// Handles that we pass to real Node, as our child and as our parent.
#include "tests/03-handle-passing/node_talk.hpp"

using namespace child_process;
using namespace tests;

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
