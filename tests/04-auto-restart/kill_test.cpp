// Workers that are killed while clients come.
#include <numeric>
#include <random>

#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/load.hpp"

using namespace tests;

TEST_CASE("two hundred killed workers cost no more than the connections they had",
          "[04][supervisor]") {
    run_at_most(2 * patience, []() -> asio::awaitable<void> {
        constexpr std::size_t kills = 200;
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(
            executor, {"--workers", "4", "--max-restarts", "100000", "--first-delay", "0"});
        co_await primary.until_listening(4);
        load clients(executor, primary.port());
        clients.start(16);
        std::mt19937 random(4711);
        for (std::size_t n = 1; n <= kills; ++n) {
            const auto serving = primary.serving();
            const auto victim =
                std::next(serving.begin(), static_cast<long>(random() % serving.size()));
            REQUIRE(::kill(victim->second, SIGKILL) == 0);
            co_await primary.until_ended(n);
            co_await primary.until_listening(n + 2);  // two at most are missing
        }
        co_await clients.until_answered(clients.account().answered + 100);
        co_await clients.finish();
        const load_account& account = clients.account();
        std::uint64_t open = 0;
        for (const told_exit& each : primary.exits()) open += each.connections;
        CAPTURE(account.answered, account.cut, open);
        CHECK(primary.exits().size() == kills);
        CHECK(account.refused == 0);
        CHECK(account.late == 0);
        CHECK(account.failed == 0);
        // A worker takes its connections from the kernel one at a time, and counts each at once
        // but afterwards: a kill between the two costs one that was not counted.
        CHECK(account.cut <= open + kills);
        co_await primary.until_listening(kills + 4);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
    });
}
