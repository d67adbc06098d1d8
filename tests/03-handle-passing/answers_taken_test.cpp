// The peer's answers to our handles.
#include "tests/03-handle-passing/channels.hpp"

using namespace child_process;
using namespace tests;

TEST_CASE("after a handle nothing is written until the peer has answered", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.here.post("before");
        raw.here.post("server", handle(a_server()));
        raw.here.post("behind");
        raw.here.post("server", handle(a_server()));
        raw.here.post("last");
        co_await expect_line(raw.peer, "\"before\"");
        co_await expect_line(raw.peer, server_envelope);
        CHECK(raw.peer.descriptors.size() == 1);
        co_await expect_nothing_sent(raw.peer);
        raw.peer.say(ack);
        co_await expect_line(raw.peer, "\"behind\"");
        co_await expect_line(raw.peer, server_envelope);
        CHECK(raw.peer.descriptors.size() == 2);
        co_await expect_nothing_sent(raw.peer);
        raw.peer.say(ack);
        co_await expect_line(raw.peer, "\"last\"");
    });
}

TEST_CASE("while we wait for an answer we still give ours", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        sending ours;
        start_send(executor, raw.here, "server", handle(a_server()), ours);
        co_await expect_line(raw.peer, server_envelope);
        raw.peer.say(server_envelope, a_server().get());
        co_await expect_line(raw.peer, ack);
        CHECK_FALSE(ours.outcome);
        raw.peer.say(ack);
        co_await until([&] { return ours.outcome.has_value(); });
        CHECK(ours.outcome == delivery::arrived);
    });
}

TEST_CASE("our copy of a socket is closed when the peer has it, not before", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        auto line = support::make_socket_pair();
        sending ours;
        start_send(executor, raw.here, "s", handle(std::move(line.first)), ours);
        co_await expect_line(raw.peer, socket_envelope);
        raw.peer.descriptors.clear();
        CHECK_FALSE(hung_up(line.second.get()));
        raw.peer.say(ack);
        co_await until([&] { return ours.outcome.has_value(); });
        CHECK(hung_up(line.second.get()));
    });
}

TEST_CASE("a connection is sent again three times, the same line each time, then given up",
          "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        auto line = support::make_socket_pair();
        sending ours;
        start_send(executor, raw.here, "s", handle(std::move(line.first)), ours);
        raw.here.post("behind");
        for (int time = 0; time < 4; ++time) {
            co_await expect_line(raw.peer, socket_envelope);
            REQUIRE(raw.peer.descriptors.size() == 1);
            raw.peer.descriptors.clear();
            CHECK_FALSE(ours.outcome);
            raw.peer.say(nack);
        }
        co_await expect_line(raw.peer, "\"behind\"");
        co_await until([&] { return ours.outcome.has_value(); });
        CHECK(ours.outcome == delivery::refused);
        CHECK(hung_up(line.second.get()));
    });
}

TEST_CASE("a connection that arrives at the second attempt has arrived", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        sending ours;
        start_send(executor, raw.here, "s", handle(std::move(support::make_socket_pair().first)),
                   ours);
        co_await expect_line(raw.peer, socket_envelope);
        raw.peer.say(nack);
        co_await expect_line(raw.peer, socket_envelope);
        CHECK(raw.peer.descriptors.size() == 2);
        raw.peer.say(ack);
        co_await until([&] { return ours.outcome.has_value(); });
        CHECK(ours.outcome == delivery::arrived);
    });
}

TEST_CASE("a server that did not arrive is not sent again", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        sending ours;
        start_send(executor, raw.here, "server", handle(a_server()), ours);
        raw.here.post("behind");
        co_await expect_line(raw.peer, server_envelope);
        raw.peer.say(nack);
        co_await expect_line(raw.peer, "\"behind\"");
        co_await until([&] { return ours.outcome.has_value(); });
        CHECK(ours.outcome == delivery::refused);
    });
}

TEST_CASE("answers that nobody waits for are ignored", "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.peer.say(ack);
        raw.peer.say(nack);
        raw.peer.say(ack);
        raw.peer.say("\"on it goes\"");
        co_await expect(raw.here, "on it goes");
        CHECK(raw.here.connected());
    });
}

TEST_CASE("an acknowledgement that comes before the descriptor has left is not believed",
          "[03][answers]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        // The socket takes nothing more, so that the handle waits behind these messages.
        int messages = 0;
        const std::string filler(60'000, 'x');
        while (raw.here.post(filler)) {
            ++messages;
            co_await settle();
        }
        ++messages;
        auto line = support::make_socket_pair();
        sending ours;
        start_send(executor, raw.here, "s", handle(std::move(line.first)), ours);
        raw.peer.say(ack);
        raw.peer.say("\"the acknowledgement is read\"");
        co_await expect(raw.here, "the acknowledgement is read");
        CHECK_FALSE(ours.outcome);
        CHECK_FALSE(hung_up(line.second.get()));
        for (int n = 0; n < messages; ++n) {
            const std::string text = co_await raw.peer.line();
            CHECK(text.size() == filler.size() + 2);
        }
        co_await expect_line(raw.peer, socket_envelope);
        CHECK(raw.peer.descriptors.size() == 1);
        CHECK_FALSE(ours.outcome);
        raw.peer.say(ack);
        co_await until([&] { return ours.outcome.has_value(); });
        CHECK(ours.outcome == delivery::arrived);
    });
}
