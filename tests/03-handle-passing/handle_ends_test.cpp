// How a channel ends, and what becomes of the handles.
#include "tests/03-handle-passing/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

struct disconnecting {
    bool done = false;
};
void start_disconnect(const asio::any_io_executor& executor, handle_channel& channel,
                      disconnecting& state) {
    auto leave = [](handle_channel& from, disconnecting& told) -> asio::awaitable<void> {
        co_await from.disconnect();
        told.done = true;
    };
    asio::co_spawn(executor, leave(channel, state), asio::detached);
}

}  // namespace

TEST_CASE("disconnect waits until the peer has answered for the handle under way", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        sending sent;
        auto line = support::make_socket_pair();
        start_send(executor, raw.here, "s", one_end(line), sent);
        raw.here.post("behind");
        disconnecting leaving;
        co_await expect_line(raw.peer, socket_envelope);
        start_disconnect(executor, raw.here, leaving);
        co_await settle();
        CHECK_FALSE(leaving.done);
        CHECK_FALSE(raw.here.connected());
        raw.peer.say(ack);
        co_await expect_line(raw.peer, "\"behind\"");
        co_await expect_line(raw.peer, "<end>");
        co_await until([&] { return leaving.done; });
        CHECK(sent.outcome == delivery::arrived);
    });
}

TEST_CASE("two megabytes and a handle, then disconnect: all of it arrives", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        both_ends ends(executor);
        const std::string text(2'000'000, 'x');
        ends.here.post(text);
        ends.here.post("server", handle(support::listen_tcp("127.0.0.1", 0)));
        ends.here.post("last");
        disconnecting leaving;
        start_disconnect(executor, ends.here, leaving);
        co_await expect(ends.there, text);
        co_await expect_handle(ends.there, "server", handle_kind::server);
        co_await expect(ends.there, "last");
        co_await expect_end(ends.there);
        co_await until([&] { return leaving.done; });
    });
}

TEST_CASE("disconnect does not wait for a peer that is gone", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        auto line = support::make_socket_pair();
        raw.here.post("s", one_end(line));
        co_await expect_line(raw.peer, socket_envelope);
        raw.peer.descriptors.clear();
        raw.peer.close();
        co_await raw.here.disconnect();
        CHECK(hung_up(line.second.get()));
    });
}

TEST_CASE("while it disconnects a channel takes no handle any more, and says so", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        raw.here.post("s", handle(std::move(support::make_socket_pair().first)));
        co_await expect_line(raw.peer, socket_envelope);
        disconnecting leaving;
        start_disconnect(executor, raw.here, leaving);
        co_await settle();
        auto line = support::make_socket_pair();
        raw.peer.say(socket_envelope, line.first.get());
        line.first.reset();
        co_await expect_line(raw.peer, nack);
        CHECK(hung_up(line.second.get()));
        raw.peer.say(ack);
        co_await expect_line(raw.peer, "<end>");
        co_await until([&] { return leaving.done; });
    });
}

TEST_CASE("a second disconnect does nothing, and nothing is sent after the first", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        co_await raw.here.disconnect();
        co_await raw.here.disconnect();
        CHECK_FALSE(raw.here.post("late"));
        auto line = support::make_socket_pair();
        CHECK_FALSE(raw.here.post("late", one_end(line)));
        CHECK(hung_up(line.second.get()));
        auto other = support::make_socket_pair();
        const delivery outcome = co_await raw.here.send("late", one_end(other));
        CHECK(outcome == delivery::disconnected);
        const bool sent = co_await raw.here.send("late");
        CHECK_FALSE(sent);
        co_await expect_line(raw.peer, "<end>");
        co_await expect_end(raw.here);
    });
}

TEST_CASE("when the peer goes, handles that wait for it are closed here and told disconnected",
          "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        std::array<sending, 3> sent;
        std::array<unique_fd, 3> others;
        for (std::size_t n = 0; n < sent.size(); ++n) {
            auto line = support::make_socket_pair();
            start_send(executor, raw.here, "s", one_end(line), sent[n]);
            others[n] = std::move(line.second);
        }
        co_await expect_line(raw.peer, socket_envelope);
        raw.peer.descriptors.clear();
        raw.peer.close();
        for (std::size_t n = 0; n < sent.size(); ++n) {
            co_await until([&] { return sent[n].outcome.has_value(); });
            CHECK(sent[n].outcome == delivery::disconnected);
            CHECK(hung_up(others[n].get()));
        }
        co_await expect_end(raw.here);
    });
}

TEST_CASE("a peer that only stops reading is found out by the next handle", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        REQUIRE(::shutdown(raw.peer.fd(), SHUT_RD) == 0);
        auto line = support::make_socket_pair();
        const delivery outcome = co_await raw.here.send("s", one_end(line));
        CHECK(outcome == delivery::disconnected);
        CHECK(hung_up(line.second.get()));
        CHECK_FALSE(raw.here.connected());
        raw.peer.say("\"but it still writes\"");
        co_await expect(raw.here, "but it still writes");
        co_await raw.here.disconnect();
    });
}

TEST_CASE("what has arrived before the end is received, its sockets too", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        const auto line = support::make_socket_pair();
        raw.peer.say("\"one\"");
        raw.peer.say(socket_envelope, line.first.get());
        raw.peer.close();
        co_await settle();
        co_await expect(raw.here, "one");
        co_await expect_handle(raw.here, "s", handle_kind::pipe);
        co_await expect_end(raw.here);
    });
}
