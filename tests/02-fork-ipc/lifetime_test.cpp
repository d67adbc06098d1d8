// Channels and event loops that go while somebody waits on them. The sanitizers are half of these
// tests: they must have nothing to say.
#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

const std::size_t too_much = 2'000'000;  // for a socket whose peer does not read

asio::awaitable<void> wait_to_receive(channel& from, std::string& said) {
    const auto message = co_await from.receive();
    said = message ? message->dump() : "end";
}

asio::awaitable<void> wait_to_send(channel& to, std::string& said) {
    const json message = std::string(too_much, 'x');
    said = co_await to.send(message) ? "sent" : "refused";
}

asio::awaitable<void> wait_to_leave(channel& end, std::string& said) {
    end.post(std::string(too_much, 'x'));
    co_await end.disconnect();
    said = "left";
}

using waiter = asio::awaitable<void> (*)(channel&, std::string&);

asio::awaitable<void> destroy_under(waiter wait, std::string& said) {
    const auto executor = co_await asio::this_coro::executor;
    auto ends = std::make_unique<both_ends>(executor);
    asio::co_spawn(executor, wait(ends->here, said), asio::detached);
    co_await settle();
    CHECK(said.empty());
    ends.reset();
    co_await until([&] { return !said.empty(); });
}

// A channel that is destroyed while `wait` waits on it: what the waiter is told.
std::string told_when_destroyed(waiter wait) {
    std::string said;
    tests::run([&] { return destroy_under(wait, said); });
    return said;
}

// Owns a channel for as long as its coroutine lives, and that is until the event loop ends.
asio::awaitable<void> own(std::unique_ptr<both_ends> owned) {
    asio::steady_timer never(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
    owned.reset();
}

enum class order { owner_is_older, waiter_is_older, channel_goes_first };

// The event loop ends while `wait` waits on a channel whose owner is a coroutine, older or younger
// than the waiter, or nobody any more.
void end_loop_under(waiter wait, order which) {
    std::string said;
    asio::io_context io(1);
    auto ends = std::make_unique<both_ends>(io.get_executor());
    channel& here = ends->here;
    if (which == order::owner_is_older) asio::co_spawn(io, own(std::move(ends)), asio::detached);
    io.poll();
    asio::co_spawn(io, wait(here, said), asio::detached);
    io.poll();
    if (which == order::waiter_is_older) asio::co_spawn(io, own(std::move(ends)), asio::detached);
    io.poll();
    ends.reset();  // if nobody took it: the waiter is told, but its turn never comes
    CHECK(said.empty());
}

}  // namespace

TEST_CASE("destroying a channel ends a receive that waits on it", "[02][channel][lifetime]") {
    CHECK(told_when_destroyed(wait_to_receive) == "end");
}

TEST_CASE("destroying a channel ends a send that waits on it", "[02][channel][lifetime]") {
    CHECK(told_when_destroyed(wait_to_send) == "refused");
}

TEST_CASE("destroying a channel ends a disconnect that waits on it", "[02][channel][lifetime]") {
    CHECK(told_when_destroyed(wait_to_leave) == "left");
}

TEST_CASE("an event loop may end while coroutines wait on a channel", "[02][channel][lifetime]") {
    for (const waiter wait : {wait_to_receive, wait_to_send, wait_to_leave}) {
        for (const order which :
             {order::owner_is_older, order::waiter_is_older, order::channel_goes_first}) {
            end_loop_under(wait, which);
        }
    }
}

TEST_CASE("a channel that is destroyed with messages queued closes at once",
          "[02][channel][lifetime]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto ends = std::make_unique<both_ends>(executor);
        ends->here.post("never written");
        ends.reset();
        co_await settle();
    });
}

TEST_CASE("a receiver may destroy the channel that it received from", "[02][channel][lifetime]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto raw = std::make_unique<with_raw_peer>(executor);
        raw->write("1\n2\n3\n");
        const auto message = co_await raw->here.receive();
        raw.reset();
        CHECK(message.has_value());
        co_await settle();
    });
}
