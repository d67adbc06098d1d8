// Counting, order and retries with real Node, as our child and as our parent.
#include "tests/03-handle-passing/node_talk.hpp"

using namespace child_process;
using namespace tests;

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
