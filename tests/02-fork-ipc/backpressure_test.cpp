// A peer that reads slowly, and one that sends without end.
#include "02-fork-ipc/fork.hpp"
#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

// A text whose message is `size` bytes on the wire: two quotes and a newline are added to it.
json of_size(std::size_t size) {
    return std::string(size - 3, 'x');
}

asio::awaitable<void> send_many(channel& to, int count, int& sent) {
    for (; sent < count; ++sent) {
        json message = of_size(16 * 1024);
        message = json{{"n", sent}, {"text", message}};
        if (!co_await to.send(message)) co_return;
    }
}

}  // namespace

TEST_CASE("post says stop from exactly 128 KiB on, and queues all the same",
          "[02][channel][backpressure]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        for (int n = 1; n < 8; ++n) CHECK(ends.here.post(of_size(16 * 1024)));
        CHECK_FALSE(ends.here.post(of_size(16 * 1024)));
        CHECK_FALSE(ends.here.post("one more"));
        for (int n = 1; n <= 8; ++n) co_await expect(ends.there, of_size(16 * 1024));
        co_await expect(ends.there, "one more");
        CHECK(ends.here.post("room again"));
    });
}

TEST_CASE("send waits while the peer does not read, and keeps the order",
          "[02][channel][backpressure]") {
    tests::run([]() -> asio::awaitable<void> {
        const int count = 1000;
        const auto executor = co_await asio::this_coro::executor;
        both_ends ends(executor);
        int sent = 0;
        asio::co_spawn(executor, send_many(ends.here, count, sent), asio::detached);
        co_await settle();
        // 128 KiB in our queue and what the kernel holds, some 208 KiB.
        CHECK(sent > 8);
        CHECK(sent < 60);
        for (int n = 0; n < count; ++n) {
            const auto message = co_await ends.there.receive();
            REQUIRE(message.has_value());
            REQUIRE(message->at("n") == n);
        }
        CHECK(sent == count);
    });
}

TEST_CASE("two that send more than fits, each before it reads, both get everything",
          "[02][channel][backpressure]") {
    tests::run([]() -> asio::awaitable<void> {
        const int count = 200;
        const auto executor = co_await asio::this_coro::executor;
        both_ends ends(executor);
        int here = 0;
        int there = 0;
        asio::co_spawn(executor, send_many(ends.here, count, here), asio::detached);
        asio::co_spawn(executor, send_many(ends.there, count, there), asio::detached);
        for (int n = 0; n < count; ++n) {
            const auto at_there = co_await ends.there.receive();
            const auto at_here = co_await ends.here.receive();
            REQUIRE(at_there->at("n") == n);
            REQUIRE(at_here->at("n") == n);
        }
    });
}

TEST_CASE("a child that never stops sending leaves its parent time for other work",
          "[02][channel][backpressure]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked flood = fork(executor, tests::program("floods_channel"));
        channel from(executor, std::move(flood.channel_end));
        co_await expect(from, 1);
        bool rang = false;
        asio::steady_timer timer(executor, std::chrono::milliseconds(20));
        timer.async_wait([&](const boost::system::error_code&) { rang = true; });
        long received = 0;
        long before = 0;
        while (received < before + 1000) {
            co_await expect(from, 1);
            ++received;
            if (!rang) before = received;
        }
        CHECK(before > 0);
        co_await from.disconnect();
        static_cast<void>(co_await flood.process.wait());
    });
}
