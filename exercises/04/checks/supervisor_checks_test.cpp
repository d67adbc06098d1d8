// Who is started when, as the workers' own processes see it.
#include <algorithm>

#include "exercises/04/checks/scripted_workers.hpp"

using namespace tests;

namespace {

const std::string ready_at_once = "say '\"act\":\"ready\"'";

}  // namespace

TEST_CASE("the replacement is ready while the failed worker still finishes", "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        scripted_workers cluster(executor, ready_at_once);
        cluster->keep_running(1);
        const auto ready = [&](std::size_t count) {
            return [&, count] { return cluster.ready.size() >= count; };
        };
        co_await cluster.until(ready(1), "the only worker was not ready");
        cluster.order(1, "fail");
        co_await cluster.until([&] { return cluster.failed.size() == 1; },
                               "the worker's suicide message was not told by on_suicide");
        co_await cluster.until(ready(2),
                               "nobody served in place of a worker that had said that it has "
                               "failed, because it still finishes what it has");
        if (!cluster.exits.empty())
            FAIL("observed: the failed worker was not let finish" << cluster.story());
    });
}

TEST_CASE("who was replaced already, or meant to go, ends without being a failure",
          "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        cluster::supervisor_settings settings;
        settings.restart.limit = 1;
        scripted_workers cluster(executor, ready_at_once, settings);
        cluster->keep_running(1);
        const auto until_replaced = [&](std::size_t ready) {
            return cluster.until([&, ready] { return cluster.ready.size() == ready; },
                                 "worker " + std::to_string(ready) + " was not ready");
        };
        const auto until_ended = [&](std::size_t exits) {
            return cluster.until([&, exits] { return cluster.exits.size() == exits; },
                                 "a worker that was told to leave had not ended");
        };
        co_await until_replaced(1);
        cluster.order(1, "fail");
        co_await until_replaced(2);
        cluster.order(1, "leave");
        co_await until_ended(1);
        co_await settle();
        if (cluster.give_ups > 0)
            FAIL(
                "observed: one worker failed, and it was counted twice, for its message and for "
                "its exit: the limit of 1 was passed"
                << cluster.story());
        if (cluster.forks.size() != 2)
            FAIL("observed: one worker failed, and "
                 << cluster.forks.size() - 1 << " were started in its place" << cluster.story());
        cluster.order(2, "recycle");
        co_await until_replaced(3);
        if (cluster.give_ups > 0)
            FAIL(
                "observed: a worker that asked for its replacement in health was held against the "
                "limit"
                << cluster.story());
        cluster.order(2, "leave");
        co_await until_ended(2);
        cluster.order(3, "retire");
        co_await until_ended(3);
        co_await settle();
        if (cluster.forks.size() != 3 || cluster.give_ups > 0)
            FAIL(
                "observed: a worker that ended with code 100, do_not_restart, was treated as a "
                "failure"
                << cluster.story());
    });
}

TEST_CASE("who ends while the cluster stops is not replaced, and stop waits for the last",
          "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        scripted_workers cluster(executor, ready_at_once);
        cluster->keep_running(2);
        co_await cluster.until([&] { return cluster.ready.size() == 2; },
                               "the two workers were not ready");
        // The end begins in the very moment in which one has crashed.
        cluster->on_exit.add([&](auto& worker, const cluster::crash_report&) {
            if (worker.id() == 1) cluster->kill_all(20s, "the cluster stops");
        });
        cluster.order(1, "leave");
        co_await cluster.until([&] { return !cluster.exits.empty(); },
                               "a worker that was told to leave had not ended");
        auto stopping = cluster->stop(20s);
        const bool done =
            co_await support::with_timeout(std::move(stopping), scripted_workers::soon);
        const std::size_t left = cluster->workers().size();
        if (cluster.forks.size() != 2)
            FAIL("observed: " << cluster.forks.size() - 2
                              << " more workers were started while the cluster stopped"
                              << cluster.story());
        if (!done)
            FAIL("observed: stop() was not done " << scripted_workers::soon.count()
                                                  << " s later, with " << left << " workers alive"
                                                  << cluster.story());
        if (left > 0 || cluster.exits.size() != 2)
            FAIL("observed: stop() was done with " << left << " workers alive, and "
                                                   << cluster.exits.size() << " exits told of 2"
                                                   << cluster.story());
        // What is due already is as good as everything else.
        scripted_workers due(executor, ready_at_once);
        due->keep_running(2);
        co_await due->stop(20s);
        co_await settle();
        if (!due.forks.empty() || !due->is_stopping())
            FAIL("observed: stop() came when two workers were due, and "
                 << due.forks.size() << " were started; is_stopping() says "
                 << (due->is_stopping() ? "true" : "false") << due.story());
    });
}

TEST_CASE("of three workers that fail together one at a time has its replacement starting",
          "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        // Replacements are ready when they are told.
        scripted_workers cluster(executor, "[ $NODE_UNIQUE_ID -gt 3 ] || say '\"act\":\"ready\"'");
        cluster->keep_running(3);
        co_await cluster.until([&] { return cluster.ready.size() == 3; },
                               "the three workers were not ready");
        for (const int id : {1, 2, 3}) cluster.order(id, "fail");
        co_await cluster.until([&] { return cluster.failed.size() == 3; },
                               "not all three had said that they have failed");
        for (std::size_t replaced = 1; replaced <= 3; ++replaced) {
            const std::string number = std::to_string(replaced);
            co_await cluster.until([&] { return cluster.forks.size() >= 3 + replaced; },
                                   "replacement number " + number + " had not been started");
            co_await settle();
            if (cluster.forks.size() > 3 + replaced)
                FAIL("observed: " << cluster.forks.size()
                                  << " processes at once for 3 slots, while " << replaced - 1
                                  << " replacements were ready" << cluster.story());
            cluster.order(cluster.forks.back(), "ready");
            co_await cluster.until([&] { return cluster.ready.size() == 3 + replaced; },
                                   "replacement number " + number + " was not ready");
        }
    });
}
