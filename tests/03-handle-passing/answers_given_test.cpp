// Our answers to the handles of the peer.
#include "tests/03-handle-passing/channels.hpp"
#include "tests/leaks.hpp"

using namespace child_process;
using namespace tests;

TEST_CASE("a handle is acknowledged when it arrives, before anybody receives it", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.peer.say(server_envelope, a_server().get());
        co_await expect_line(raw.peer, ack);
        co_await expect_nothing_sent(raw.peer);
        co_await expect_handle(raw.here, "server", handle_kind::server);
        co_await expect_nothing_sent(raw.peer);
    });
}

TEST_CASE("a handle whose descriptor is missing is answered: not arrived", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.peer.say(server_envelope);
        co_await expect_line(raw.peer, nack);
        co_await expect_nothing_sent(raw.peer);
        raw.peer.say("\"the next\"");
        co_await expect(raw.here, "the next");
    });
}

TEST_CASE("a descriptor may ride on the first byte, the last, or any between", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        const std::string line = server_envelope + "\n";
        const unique_fd server = a_server();
        for (std::size_t at = 0; at < line.size(); ++at) {
            if (at > 0) raw.peer.write(line.substr(0, at));
            co_await settle();
            raw.peer.write(line.substr(at, 1), server.get());
            co_await settle();
            if (at + 1 < line.size()) raw.peer.write(line.substr(at + 1));
            co_await expect_line(raw.peer, ack);
            const auto got = co_await expect_handle(raw.here, "server", handle_kind::server);
            CHECK(same_socket(got.passed->fd(), server.get()));
        }
    });
}

TEST_CASE("a descriptor may come one message early", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.peer.say("\"plain\"", a_server().get());
        co_await expect(raw.here, "plain");
        raw.peer.say(server_envelope);
        co_await expect_line(raw.peer, ack);
        co_await expect_handle(raw.here, "server", handle_kind::server);
    });
}

TEST_CASE("several handles in one read are each acknowledged and in order", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        auto [client, accepted] = make_tcp_pair();
        raw.peer.say(server_envelope, a_server().get());
        raw.peer.say(socket_envelope, accepted.get());
        raw.peer.say("\"plain\"");
        raw.peer.say(server_envelope, a_server().get());
        for (int n = 0; n < 3; ++n) co_await expect_line(raw.peer, ack);
        co_await expect_handle(raw.here, "server", handle_kind::server);
        co_await expect_handle(raw.here, "s", handle_kind::socket);
        co_await expect(raw.here, "plain");
        co_await expect_handle(raw.here, "server", handle_kind::server);
    });
}

TEST_CASE("of several descriptors in one message each goes to the next handle", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        const unique_fd first = a_server();
        const unique_fd second = a_server();
        send_with_many(raw.peer.fd(), server_envelope + "\n", {first.get(), second.get()});
        co_await expect_line(raw.peer, ack);
        raw.peer.say(server_envelope);
        co_await expect_line(raw.peer, ack);
        auto got = co_await expect_handle(raw.here, "server", handle_kind::server);
        CHECK(same_socket(got.passed->fd(), first.get()));
        got = co_await expect_handle(raw.here, "server", handle_kind::server);
        CHECK(same_socket(got.passed->fd(), second.get()));
    });
}

TEST_CASE("a descriptor that is not what its message says is closed and answered: not arrived",
          "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        const unique_fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
        auto line = support::make_socket_pair();
        raw.peer.say(server_envelope, file.get());
        co_await expect_line(raw.peer, nack);
        raw.peer.say(server_envelope, line.first.get());
        co_await expect_line(raw.peer, nack);
        raw.peer.say(R"({"cmd":"NODE_HANDLE","type":"net.Mystery","msg":0})", a_server().get());
        co_await expect_line(raw.peer, nack);
        raw.peer.say(R"({"cmd":"NODE_HANDLE"})", a_server().get());
        co_await expect_line(raw.peer, nack);
        line.first.reset();
        CHECK(hung_up(line.second.get()));
        raw.peer.say("\"and on it goes\"");
        co_await expect(raw.here, "and on it goes");
    });
}

TEST_CASE("a handle that was sent again, in two envelopes, is acknowledged once", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        auto [client, accepted] = make_tcp_pair();
        raw.peer.say(
            R"({"cmd":"NODE_HANDLE","type":"net.Native","msg":{"cmd":"NODE_HANDLE","type":"net.Socket","msg":"S","key":"4:127.0.0.1:0"}})",
            accepted.get());
        co_await expect_line(raw.peer, ack);
        co_await expect_nothing_sent(raw.peer);
        const auto got = co_await expect_handle(raw.here, "S", handle_kind::socket);
        CHECK_FALSE(got.passed->native());
        CHECK(got.passed->key() == "4:127.0.0.1:0");
        raw.peer.say(R"({"cmd":"NODE_SOCKET_GET_COUNT","key":"4:127.0.0.1:0"})");
        co_await expect_line(raw.peer,
                             R"({"cmd":"NODE_SOCKET_COUNT","key":"4:127.0.0.1:0","count":1})");
    });
}

TEST_CASE("with a full table a handle is answered: not arrived, and nobody hangs",
          "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        unique_fd server = a_server();
        raw.peer.say(server_envelope, server.get());
        {
            const few_descriptors full(0);
            co_await expect_line(raw.peer, nack);
        }
        raw.peer.say(server_envelope, server.get());
        co_await expect_line(raw.peer, ack);
        co_await expect_handle(raw.here, "server", handle_kind::server);
    });
}
