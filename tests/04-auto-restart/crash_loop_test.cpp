// A worker that crashes again and again.
#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/04-auto-restart/processes.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

// Crashes a worker, and waits for its end: the next request can only be for another one. With no
// worker there it waits in the kernel's queue.
asio::awaitable<bool> crash_one(primary_program& primary) {
    const std::size_t ended = primary.exits().size();
    const std::string response = co_await ask_once(primary.port(), "/crash");
    co_await primary.until_ended(ended + 1);
    co_return response.starts_with("HTTP/1.1 500");
}

// Crashes one after the other until the primary gives up; how many it took.
asio::awaitable<int> crash_until_give_up(primary_program& primary) {
    int crashed = 0;
    while (primary.count("giving up") == 0) {
        const bool answered = co_await crash_one(primary);
        CHECK(answered);
        ++crashed;
    }
    co_return crashed;
}

}  // namespace

TEST_CASE("a single worker crashes a thousand times, and each client is answered",
          "[04][supervisor]") {
    run_at_most(2 * patience, []() -> asio::awaitable<void> {
#ifdef __SANITIZE_ADDRESS__
        constexpr std::size_t times = 250;  // a process takes ten times as long to start
#else
        constexpr std::size_t times = 1000;
#endif
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(
            executor, {"--workers", "1", "--max-restarts", "100000", "--first-delay", "0"});
        co_await primary.until_listening(1);
        std::size_t answered = 0;
        for (std::size_t n = 0; n < times; ++n) {
            const bool well = co_await crash_one(primary);
            answered += well ? 1 : 0;
        }
        CHECK(answered == times);
        co_await primary.until_listening(times + 1);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK(primary.count("asks to be replaced: nobody catches this") == times);
        CHECK(primary.exits().size() == times + 1);
        CHECK(primary.started().rbegin()->first == static_cast<int>(times + 1));
    });
}

TEST_CASE("clients that crash a single worker all the time are never refused", "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(
            executor, {"--workers", "1", "--max-restarts", "100000", "--first-delay", "0"});
        co_await primary.until_listening(1);
        load clients(executor, primary.port(), "/crash");
        clients.start(8, 25);
        co_await clients.until_done();
        CHECK(clients.account().failed == 200);
        CHECK(clients.account().asked() == 200);
        const std::string page = co_await ask_once(primary.port(), "/");
        CHECK(page.starts_with("HTTP/1.1 200"));
        co_await primary.stop();
        CHECK(primary.exits().size() == primary.count("asks to be replaced") + 1);
    });
}

TEST_CASE("a crash loop is given up at the exact count, and then costs nothing",
          "[04][supervisor]") {
    run_at_most(2 * patience, []() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "4"});
        co_await primary.until_listening(4);
        const int crashed = co_await crash_until_give_up(primary);
        // max(10, 3 × 4) are borne.
        CHECK(crashed == 13);
        CHECK(primary.count("asks to be replaced") == 13);
        const std::size_t started = primary.started().size();
        // The survivors serve on, and who crashes now is not replaced.
        while (primary.exits().size() < started) {
            const bool answered = co_await crash_one(primary);
            CHECK(answered);
        }
        const double share = co_await cpu_share(primary.pid());
        CHECK(share < 0.02);
        CHECK(primary.started().size() == started);
        CHECK(primary.count("giving up") == 1);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
    });
}

TEST_CASE("a single worker in a crash loop is given up after ten restarts", "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "1", "--first-delay", "1"});
        co_await primary.until_listening(1);
        const int crashed = co_await crash_until_give_up(primary);
        CHECK(crashed == 11);
        CHECK(primary.started().size() == 11);
        co_await primary.until_ended(11);
        const double share = co_await cpu_share(primary.pid());
        CHECK(share < 0.02);
        co_await primary.stop();
    });
}

TEST_CASE("a primary that shall give up for good ends with code 70", "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(
            executor, {"--workers", "1", "--first-delay", "1", "--max-restarts", "2", "--give-up"});
        co_await primary.until_listening(1);
        const int crashed = co_await crash_until_give_up(primary);
        CHECK(crashed == 3);
        const auto status = co_await primary.end();
        CHECK(status.code() == 70);
        CHECK(primary.count("too many failures: nobody catches this") == 1);
    });
}
