// How a channel ends, from either side, and what still arrives.
#include "support/timeout.hpp"
#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

const std::size_t two_megabytes = 2'000'000;

// Disconnects and notes that it is done.
asio::awaitable<void> leave(channel& end, bool& done) {
    co_await end.disconnect();
    done = true;
}

}  // namespace

TEST_CASE("a disconnect ends both sides", "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        CHECK(ends.here.connected());
        co_await ends.here.disconnect();
        CHECK_FALSE(ends.here.connected());
        co_await expect_end(ends.here);
        co_await expect_end(ends.there);
        CHECK_FALSE(ends.there.connected());
        co_await expect_end(ends.there);
    });
}

TEST_CASE("a second disconnect does nothing", "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        co_await ends.here.disconnect();
        co_await ends.here.disconnect();
        co_await expect_end(ends.there);
        co_await ends.there.disconnect();
    });
}

TEST_CASE("nothing is sent after a disconnect", "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        co_await ends.here.disconnect();
        co_await expect_send(ends.here, "late", false);
        CHECK_FALSE(ends.here.post("late"));
        co_await expect_end(ends.there);
    });
}

TEST_CASE("what was sent before a disconnect arrives, however much", "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        both_ends ends(executor);
        const json large = std::string(two_megabytes, 'x');
        bool left = false;
        ends.here.post(large);
        asio::co_spawn(executor, leave(ends.here, left), asio::detached);
        co_await settle();
        CHECK_FALSE(left);
        CHECK_FALSE(ends.here.connected());
        const auto received = co_await ends.there.receive();
        const bool same = received == large;  // not shown when it fails: it is long
        CHECK(same);
        co_await expect_end(ends.there);
        co_await until([&] { return left; });
    });
}

TEST_CASE("two sides that leave at once with much to say do not wait for each other",
          "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        both_ends ends(executor);
        ends.here.post(std::string(two_megabytes, 'x'));
        ends.there.post(std::string(two_megabytes, 'y'));
        bool here = false;
        bool there = false;
        asio::co_spawn(executor, leave(ends.here, here), asio::detached);
        asio::co_spawn(executor, leave(ends.there, there), asio::detached);
        co_await until([&] { return here && there; });
    });
}

TEST_CASE("a disconnect does not wait for a peer that is gone", "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        raw.here.post(std::string(two_megabytes, 'x'));
        bool left = false;
        asio::co_spawn(executor, leave(raw.here, left), asio::detached);
        co_await settle();
        CHECK_FALSE(left);
        raw.peer.reset();
        co_await until([&] { return left; });
    });
}

TEST_CASE("a disconnect that takes too long can be cut short", "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        using namespace std::chrono_literals;
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.here.post(std::string(two_megabytes, 'x'));
        const bool in_time = co_await support::with_timeout(raw.here.disconnect(), 1ms);
        CHECK_FALSE(in_time);
        // Closed: what the peer finds behind the part that was written is the end.
        std::string part;
        while (part = raw.read(), !part.empty()) CHECK(part.find('\n') == std::string::npos);
        char byte = 0;
        CHECK(::recv(raw.peer.get(), &byte, 1, 0) == 0);
    });
}

TEST_CASE("messages sent before the peer ended are received before the end", "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.write("1\n2\n");
        raw.peer.reset();
        const json received = co_await receive_all(raw.here);
        CHECK(received == json({1, 2}));
    });
}

TEST_CASE("a peer that shuts only its sending side down has disconnected", "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        REQUIRE(::shutdown(raw.peer.get(), SHUT_WR) == 0);
        co_await expect_end(raw.here);
        CHECK_FALSE(raw.here.connected());
    });
}

TEST_CASE("a receive that waits ends when this side disconnects", "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        both_ends ends(executor);
        bool ended = false;
        auto wait = [](channel& from, bool& done) -> asio::awaitable<void> {
            done = co_await from.receive() == std::nullopt;
        };
        asio::co_spawn(executor, wait(ends.here, ended), asio::detached);
        co_await settle();
        co_await ends.here.disconnect();
        co_await until([&] { return ended; });
    });
}

TEST_CASE("half a message that comes while this side leaves is no error", "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        raw.here.post(std::string(two_megabytes, 'x'));
        std::vector<std::string> events;
        auto wait = [](channel& from, std::vector<std::string>& to) -> asio::awaitable<void> {
            const auto message = co_await from.receive();
            to.push_back(message ? message->dump() : "end");
        };
        bool left = false;
        asio::co_spawn(executor, wait(raw.here, events), asio::detached);
        asio::co_spawn(executor, leave(raw.here, left), asio::detached);
        co_await settle();
        raw.write("{\"half\":");
        co_await until([&] { return !events.empty(); });
        CHECK(events == std::vector<std::string>{"end"});
        raw.peer.reset();
        co_await until([&] { return left; });
    });
}

TEST_CASE("a send that waits is told when the peer goes", "[02][channel][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        std::optional<bool> sent;
        auto send = [](channel& to, std::optional<bool>& result) -> asio::awaitable<void> {
            const json large = std::string(two_megabytes, 'x');
            result = co_await to.send(large);
        };
        asio::co_spawn(executor, send(raw.here, sent), asio::detached);
        co_await settle();
        CHECK_FALSE(sent);
        raw.peer.reset();
        co_await until([&] { return sent.has_value(); });
        CHECK(sent == false);
        CHECK_FALSE(raw.here.connected());
    });
}
