#include "03-handle-passing/handle_channel.hpp"

#include "tests/03-handle-passing/channels.hpp"

using namespace child_process;
using namespace tests;

TEST_CASE("a listening socket passed to the peer is served there", "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        handle server(support::listen_tcp("127.0.0.1", 0));
        const auto port = support::local_port(server.fd());
        ends.here.post("server", std::move(server));
        auto got = co_await expect_handle(ends.there, "server", handle_kind::server);
        const unique_fd client(connect_to(port));
        support::acceptor door(co_await asio::this_coro::executor,
                               std::move(*got.passed).release());
        const auto accepted = co_await door.accept();
        REQUIRE(accepted);
        REQUIRE(::send(accepted->get(), "served", 6, 0) == 6);
        std::array<char, 6> text{};
        CHECK(::recv(client.get(), text.data(), text.size(), 0) == 6);
    });
}

TEST_CASE("a connection passed to the peer goes on there", "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        auto [client, accepted] = make_tcp_pair();
        REQUIRE(::send(client.get(), "before", 6, 0) == 6);
        handle passed(std::move(accepted));
        const delivery outcome = co_await ends.here.send("socket", std::move(passed));
        CHECK(outcome == delivery::arrived);
        auto got = co_await expect_handle(ends.there, "socket", handle_kind::socket);
        std::array<char, 6> text{};
        CHECK(::recv(got.passed->fd(), text.data(), text.size(), 0) == 6);
        CHECK(std::string(text.data(), 6) == "before");
        // Ours is closed: the peer's close is the end that the client sees.
        got.passed.reset();
        CHECK(hung_up(client.get()));
    });
}

TEST_CASE("a UDP socket passed to the peer gets the datagrams there", "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        handle udp(support::bind_udp("127.0.0.1", 0));
        sockaddr_storage where{};
        socklen_t size = sizeof where;
        auto* address = reinterpret_cast<sockaddr*>(&where);
        REQUIRE(::getsockname(udp.fd(), address, &size) == 0);
        ends.here.post("udp", std::move(udp));
        auto got = co_await expect_handle(ends.there, "udp", handle_kind::datagram);
        const unique_fd client = support::bind_udp("127.0.0.1", 0);
        REQUIRE(::sendto(client.get(), "ping", 4, 0, address, size) == 4);
        std::array<char, 16> text{};
        CHECK(::recv(got.passed->fd(), text.data(), text.size(), 0) == 4);
    });
}

TEST_CASE("a pipe passed to the peer works there in both directions", "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        auto [ours, theirs] = support::make_socket_pair();
        ends.here.post("pipe", handle(std::move(theirs)));
        auto got = co_await expect_handle(ends.there, "pipe", handle_kind::pipe);
        std::array<char, 4> text{};
        REQUIRE(::send(ours.get(), "ping", 4, 0) == 4);
        CHECK(::recv(got.passed->fd(), text.data(), text.size(), 0) == 4);
        REQUIRE(::send(got.passed->fd(), "pong", 4, 0) == 4);
        CHECK(::recv(ours.get(), text.data(), text.size(), 0) == 4);
    });
}

TEST_CASE("a socket that was duplicated stays open in the sender", "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        auto [client, accepted] = make_tcp_pair();
        const handle kept(std::move(accepted));
        const delivery outcome = co_await ends.here.send("socket", kept.duplicate());
        CHECK(outcome == delivery::arrived);
        auto got = co_await expect_handle(ends.there, "socket", handle_kind::socket);
        got.passed.reset();
        CHECK_FALSE(hung_up(client.get()));
    });
}

TEST_CASE("messages and handles arrive in the order in which they were sent",
          "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        const handle server(support::listen_tcp("127.0.0.1", 0));
        for (int n = 0; n < 300; ++n) {
            if (n % 3 == 0) {
                ends.here.post(n, server.duplicate());
            } else {
                ends.here.post(n);
            }
        }
        for (int n = 0; n < 300; ++n) {
            const auto got = co_await ends.there.receive();
            REQUIRE(got);
            CHECK(got->message == n);
            CHECK(got->passed.has_value() == (n % 3 == 0));
        }
    });
}

TEST_CASE("both sides send handles at the same time", "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        both_ends ends(executor);
        const handle server(support::listen_tcp("127.0.0.1", 0));
        constexpr int count = 50;
        std::vector<sending> here(count);
        std::vector<sending> there(count);
        for (int n = 0; n < count; ++n) {
            start_send(executor, ends.here, n, server.duplicate(), here[n]);
            start_send(executor, ends.there, -n, server.duplicate(), there[n]);
        }
        for (int n = 0; n < count; ++n) {
            co_await expect_handle(ends.there, n, handle_kind::server);
            co_await expect_handle(ends.here, -n, handle_kind::server);
        }
        for (int n = 0; n < count; ++n) {
            co_await until([&] { return here[n].outcome && there[n].outcome; });
            CHECK(here[n].outcome == delivery::arrived);
            CHECK(there[n].outcome == delivery::arrived);
        }
    });
}

TEST_CASE("a handle with a message of a megabyte arrives", "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        const std::string text(1'000'000, 'x');
        ends.here.post("before");
        ends.here.post(text, handle(support::listen_tcp("127.0.0.1", 0)));
        ends.here.post("behind");
        co_await expect(ends.there, "before");
        co_await expect_handle(ends.there, text, handle_kind::server);
        co_await expect(ends.there, "behind");
    });
}

TEST_CASE("a bare handle arrives bare, with the message of a cluster", "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        std::vector<incoming> internal;
        ends.there.on_internal([&](incoming got) { internal.push_back(std::move(got)); });
        const json message = {{"cmd", "NODE_CLUSTER"}, {"act", "newconn"}};
        handle bare = handle(support::listen_tcp("127.0.0.1", 0)).as_native();
        const delivery outcome = co_await ends.here.send(message, std::move(bare));
        CHECK(outcome == delivery::arrived);
        REQUIRE(internal.size() == 1);
        CHECK(internal[0].message == message);
        REQUIRE(internal[0].passed);
        CHECK(internal[0].passed->native());
    });
}

TEST_CASE("messages that Node keeps for itself do not appear among the others",
          "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.peer.say(R"({"cmd":"NODE_DEBUG_ENABLED"})");
        raw.peer.say(R"({"cmd":"NODE_CLUSTER","act":"online"})");
        raw.peer.say(R"({"cmd":"NODE_SOCKET_SOMETHING_NEW","key":"k"})");
        raw.peer.say(R"({"cmd":"NODE_"})");
        const json shortest = json::parse(R"({"cmd":"NODE_"})");
        co_await expect(raw.here, shortest);
    });
}

TEST_CASE("connections are counted from one end to the other", "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        std::vector<unique_fd> clients;
        std::vector<incoming> held;
        for (int n = 0; n < 2; ++n) {
            auto [client, accepted] = make_tcp_pair();
            clients.push_back(std::move(client));
            ends.here.post(n, handle(std::move(accepted)).counted_as("4:127.0.0.1:8000"));
            held.push_back(co_await expect_handle(ends.there, n, handle_kind::socket));
            CHECK(held.back().passed->key() == "4:127.0.0.1:8000");
        }
        auto count = co_await ends.here.connections().count("4:127.0.0.1:8000");
        CHECK(count == std::size_t{2});
        held.pop_back();
        count = co_await ends.here.connections().count("4:127.0.0.1:8000");
        CHECK(count == std::size_t{1});
        held.pop_back();
        const bool none = co_await ends.here.connections().until_none("4:127.0.0.1:8000");
        CHECK(none);
    });
}

TEST_CASE("a question about connections does not overtake the connections",
          "[03][handle_channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        std::vector<unique_fd> clients;
        for (int n = 0; n < 5; ++n) {
            auto [client, accepted] = make_tcp_pair();
            clients.push_back(std::move(client));
            ends.here.post(n, handle(std::move(accepted)).counted_as("k"));
        }
        const auto count = co_await ends.here.connections().count("k");
        CHECK(count == std::size_t{5});
    });
}
