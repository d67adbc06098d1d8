// Slots that wait for another's replacement while the cluster changes its size.
#include <csignal>

#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/04-auto-restart/processes.hpp"

using namespace tests;

TEST_CASE(
    "a slot that waits for another's replacement is filled once, whatever is wanted meanwhile",
    "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        // The first two ask to be replaced and stay; the second, and the first replacement, stop
        // until they are continued.
        const std::string script =
            "case $NODE_UNIQUE_ID in 2|3) kill -STOP $$;; esac; case $NODE_UNIQUE_ID in 1|2) "
            "echo '{\"cmd\":\"NODE_CLUSTER\",\"act\":\"suicide\",\"seq\":1,\"reason\":\"tired\"}' "
            ">&$NODE_CHANNEL_FD; exec sleep 1000;; esac; exec \"$0\" --port 0";
        primary_program primary(
            executor, {"--workers", "2", "--drain-limit", "600000", "--program", "sh", "--", "-c",
                       script, stage_program("04-auto-restart", "restart_worker")});
        const auto until_stopped = [&](int id) -> asio::awaitable<void> {
            co_await primary.until([&, id] { return primary.alive().contains(id); });
            co_await until_seen([&, id] { return state_of(primary.alive().at(id)) == 'T'; });
        };
        co_await until_stopped(2);
        co_await until_stopped(3);
        ::kill(primary.alive().at(2), SIGCONT);
        co_await primary.until_said("asks to be replaced: tired", 2);
        primary.kill(SIGTTOU);
        co_await primary.until_said("workers wanted: 1");
        primary.kill(SIGTTIN);
        co_await primary.until_said("workers wanted: 2");
        ::kill(primary.alive().at(3), SIGCONT);
        co_await primary.until_listening(2);
        CHECK(primary.listened() == std::vector<int>{3, 4});
        co_await primary.stop(SIGQUIT);
        CHECK(primary.started().size() == 4);
    });
}
