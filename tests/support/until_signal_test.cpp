// Signals that end a program, step by step.
#include <csignal>
#include <vector>

#include "support/asio.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace {

// Raised when the other coroutine waits already.
void raise_soon(const asio::any_io_executor& executor, int signal) {
    asio::post(executor, [signal] { static_cast<void>(std::raise(signal)); });
}

}  // namespace

TEST_CASE("two signals at the same time are two signals for a program that waits for them",
          "[support][until_signal]") {
    std::vector<int> arrived;
    const int code = support::run_program([&]() -> asio::awaitable<int> {
        const auto executor = co_await asio::this_coro::executor;
        raise_soon(executor, SIGTERM);
        raise_soon(executor, SIGINT);
        arrived.push_back(co_await support::until_signal());
        arrived.push_back(co_await support::until_signal());
        co_return 7;
    });
    CHECK(code == 7);
    CHECK(arrived == std::vector<int>{SIGTERM, SIGINT});
}

TEST_CASE("a signal that comes between two waits is kept for the second",
          "[support][until_signal]") {
    std::vector<int> arrived;
    const int code = support::run_program([&]() -> asio::awaitable<int> {
        const auto executor = co_await asio::this_coro::executor;
        raise_soon(executor, SIGTERM);
        arrived.push_back(co_await support::until_signal());
        static_cast<void>(std::raise(SIGTERM));
        // Turns of the event loop in which it arrives, and nobody waits.
        for (int turn = 0; turn < 10; ++turn) co_await asio::post(executor, asio::use_awaitable);
        arrived.push_back(co_await support::until_signal());
        co_return 7;
    });
    CHECK(code == 7);
    CHECK(arrived.size() == 2);
}

TEST_CASE("a signal that a program never asks for ends it", "[support][until_signal]") {
    const bool waits_once = GENERATE(false, true);
    const int code = support::run_program([&]() -> asio::awaitable<int> {
        asio::steady_timer never(co_await asio::this_coro::executor,
                                 asio::steady_timer::time_point::max());
        raise_soon(never.get_executor(), SIGTERM);
        if (waits_once) {
            co_await support::until_signal();
            raise_soon(never.get_executor(), SIGTERM);
        }
        co_await never.async_wait(support::as_result);
        co_return 7;
    });
    CHECK(code == 0);
}
