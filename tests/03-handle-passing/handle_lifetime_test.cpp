// Channels, waiters and event loops that go while others still wait.
#include "tests/03-handle-passing/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

// Everything that can wait on a channel, waiting. The count says how many still do.
void wait_for_everything(const asio::any_io_executor& executor, handle_channel& channel,
                         int& waiting) {
    const auto start = [&](asio::awaitable<void> one) {
        ++waiting;
        auto count = [](asio::awaitable<void> inner, int& left) -> asio::awaitable<void> {
            co_await std::move(inner);
            --left;
        };
        asio::co_spawn(executor, count(std::move(one), waiting), asio::detached);
    };
    auto receive = [](handle_channel& from) -> asio::awaitable<void> { co_await expect_end(from); };
    auto send = [](handle_channel& to) -> asio::awaitable<void> {
        auto line = support::make_socket_pair();
        const delivery outcome = co_await to.send("s", one_end(line));
        CHECK(outcome == delivery::disconnected);
    };
    auto send_much = [](handle_channel& to) -> asio::awaitable<void> {
        const json much = std::string(1'000'000, 'x');
        const bool sent = co_await to.send(much);
        CHECK_FALSE(sent);
    };
    auto count = [](handle_channel& of) -> asio::awaitable<void> {
        const auto answer = co_await of.connections().count("k");
        CHECK_FALSE(answer.has_value());
    };
    auto until_none = [](handle_channel& of) -> asio::awaitable<void> {
        const bool none = co_await of.connections().until_none("k");
        CHECK_FALSE(none);
    };
    start(receive(channel));
    start(send(channel));
    start(send(channel));
    start(send_much(channel));
    start(count(channel));
    start(until_none(channel));
}

}  // namespace

TEST_CASE("a channel that is destroyed lets go everybody who waits on it", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto pair = support::make_socket_pair();
        const unique_fd peer = std::move(pair.second);
        int waiting = 0;
        {
            handle_channel channel(executor, std::move(pair.first));
            wait_for_everything(executor, channel, waiting);
            co_await settle();
            CHECK(waiting == 6);
        }
        co_await until([&] { return waiting == 0; });
    });
}

TEST_CASE("a channel whose peer goes lets go everybody who waits on it", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto pair = support::make_socket_pair();
        unique_fd peer = std::move(pair.second);
        int waiting = 0;
        handle_channel channel(executor, std::move(pair.first));
        wait_for_everything(executor, channel, waiting);
        co_await settle();
        CHECK(waiting == 6);
        peer.reset();
        co_await until([&] { return waiting == 0; });
    });
}

TEST_CASE("an event loop that is destroyed with everybody waiting gives everything back",
          "[03][ends]") {
    int waiting = 0;
    auto pair = support::make_socket_pair();
    const unique_fd peer = std::move(pair.second);
    {
        // The channel in a coroutine of its own, as in a program that a signal ends.
        asio::io_context io(1);
        auto own = [](unique_fd end, int& count) -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            handle_channel channel(executor, std::move(end));
            wait_for_everything(executor, channel, count);
            asio::steady_timer never(executor, asio::steady_timer::time_point::max());
            co_await never.async_wait(asio::use_awaitable);
        };
        asio::co_spawn(io, own(std::move(pair.first), waiting), asio::detached);
        for (int n = 0; n < 100; ++n) io.poll_one();
        CHECK(waiting == 6);
    }
    CHECK(waiting == 6);
    std::array<char, 1 << 16> rest{};
    while (::recv(peer.get(), rest.data(), rest.size(), MSG_DONTWAIT) > 0) {
    }
    CHECK(hung_up(peer.get()));
}

TEST_CASE("a handler may destroy the channel that calls it", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto pair = support::make_socket_pair();
        raw_peer peer(executor, std::move(pair.second));
        auto channel = std::make_unique<handle_channel>(executor, std::move(pair.first));
        channel->on_internal([&](const incoming&) { channel.reset(); });
        peer.say(R"({"cmd":"NODE_CLUSTER"})");
        peer.say("\"too late\"");
        co_await until([&] { return channel == nullptr; });
        co_await expect_line(peer, "<end>");
    });
}

TEST_CASE("a send that is cancelled leaves its handle in the queue", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        using namespace std::chrono_literals;
        with_raw_peer raw(co_await asio::this_coro::executor);
        auto line = support::make_socket_pair();
        const auto outcome = co_await support::with_timeout(raw.here.send("s", one_end(line)), 1ms);
        CHECK_FALSE(outcome);
        co_await expect_line(raw.peer, socket_envelope);
        raw.peer.descriptors.clear();
        CHECK_FALSE(hung_up(line.second.get()));
        raw.peer.say(ack);
        raw.here.post("next");
        co_await expect_line(raw.peer, "\"next\"");
        CHECK(hung_up(line.second.get()));
    });
}

TEST_CASE("a receive that is cancelled loses nothing", "[03][ends]") {
    tests::run([]() -> asio::awaitable<void> {
        using namespace std::chrono_literals;
        with_raw_peer raw(co_await asio::this_coro::executor);
        const auto nothing = co_await support::with_timeout(raw.here.receive(), 1ms);
        CHECK_FALSE(nothing);
        const unique_fd server = support::listen_tcp("127.0.0.1", 0);
        raw.peer.say(R"({"cmd":"NODE_HANDLE","type":"net.Server","msg":1})", server.get());
        co_await expect_handle(raw.here, 1, handle_kind::server);
    });
}
