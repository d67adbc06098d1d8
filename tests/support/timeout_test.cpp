#include "support/timeout.hpp"

#include <memory>
#include <stdexcept>

#include "support/async_condition.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace std::chrono_literals;

namespace {

asio::awaitable<void> never() {
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<std::unique_ptr<int>> at_once(int value) {
    co_return std::make_unique<int>(value);
}

asio::awaitable<int> never_with(bool& given_back) {
    struct guard {
        ~guard() { flag = true; }
        bool& flag;
    } const owned{given_back};
    co_await never();
    co_return 1;
}

asio::awaitable<int> fails() {
    throw std::runtime_error("on purpose");
    co_return 0;
}

}  // namespace

TEST_CASE("an operation in time gives its result", "[support][timeout]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto result = co_await support::with_timeout(at_once(5), 10s);
        REQUIRE(result.has_value());
        CHECK(**result == 5);
    });
}

TEST_CASE("an operation that takes too long is cancelled, and gives nothing",
          "[support][timeout]") {
    tests::run([]() -> asio::awaitable<void> {
        bool given_back = false;
        const auto result = co_await support::with_timeout(never_with(given_back), 10ms);
        CHECK_FALSE(result.has_value());
        CHECK(given_back);  // by the time we go on, it is over
        const bool done = co_await support::with_timeout(never(), 10ms);
        CHECK_FALSE(done);
    });
}

TEST_CASE("an exception passes through at once", "[support][timeout]") {
    tests::run([]() -> asio::awaitable<void> {
        std::string said;
        try {
            co_await support::with_timeout(fails(), 1h);
        } catch (const std::runtime_error& error) {
            said = error.what();
        }
        CHECK(said == "on purpose");
    });
}

TEST_CASE("run gives results, and throws what the coroutine threw", "[support][timeout]") {
    CHECK(*support::run(at_once(3)) == 3);
    CHECK_THROWS_WITH(support::run(fails()), "on purpose");
}

TEST_CASE("notify_all wakes everybody who waits, and later ones wait for the next",
          "[support][async_condition]") {
    asio::io_context io(1);
    support::async_condition changed(io.get_executor());
    int state = 0;
    int woken = 0;
    const auto waiter = [&](int wanted) -> asio::awaitable<void> {
        while (state < wanted) co_await changed.wait();
        ++woken;
    };
    for (int n = 0; n < 3; ++n) asio::co_spawn(io, waiter(1), asio::detached);
    asio::co_spawn(io, waiter(2), asio::detached);
    io.poll();
    CHECK(woken == 0);
    state = 1;
    changed.notify_all();
    CHECK(woken == 0);  // their turn comes from the event loop
    io.poll();
    CHECK(woken == 3);
    state = 2;
    changed.notify_all();
    io.poll();
    CHECK(woken == 4);
}

TEST_CASE("a condition that is destroyed wakes its waiters", "[support][async_condition]") {
    asio::io_context io(1);
    auto changed = std::make_unique<support::async_condition>(io.get_executor());
    bool woken = false;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            co_await changed->wait();
            woken = true;
        },
        asio::detached);
    io.poll();
    changed.reset();
    io.poll();
    CHECK(woken);
}
