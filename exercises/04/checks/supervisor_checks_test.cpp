// What a worker's messages and its end lead to, as the workers' own processes see it.
#include "exercises/04/checks/scripted_workers.hpp"

using namespace tests;

namespace {

cluster::supervisor_settings bears_one_failure() {
    cluster::supervisor_settings settings;
    settings.restart.limit = 1;
    return settings;
}

// Worker 1 has failed, once, and one was started in its place.
void must_have_counted_once(const scripted_workers& cluster, const std::string& seen,
                            const std::string& twice) {
    if (cluster.give_ups > 0)
        FAIL("observed: " << seen << ", " << twice << ": the limit of 1 was passed"
                          << cluster.story());
    if (cluster.forks.size() != 2)
        FAIL("observed: " << seen << ", and " << cluster.forks.size() - 1
                          << " were started in its place" << cluster.story());
}

}  // namespace

TEST_CASE("the replacement is ready while the failed worker still finishes", "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        scripted_workers cluster(executor, ready_at_once);
        co_await cluster.start(1);
        cluster.order(1, "fail");
        co_await cluster.until([&] { return cluster.failed.size() == 1; },
                               "the worker's suicide message was not told by on_suicide");
        co_await cluster.until_ready(2,
                                     "nobody served in place of a worker that had said that it "
                                     "has failed, because it still finishes what it has");
        if (!cluster.exits.empty())
            FAIL("observed: the failed worker was not let finish" << cluster.story());
    });
}

TEST_CASE("who has failed and does not leave is ended when its time is over", "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        scripted_workers told(executor, ready_at_once);
        co_await told.start(1);
        told.order(1, "fail");
        co_await told.until_ready(2, "a failed worker had no successor that was ready");
        if (!has(told.leaving, 1))
            FAIL("observed: a worker failed, and on_leaving did not tell that it leaves"
                 << told.story());
        cluster::supervisor_settings settings;
        settings.limits.drain = settings.limits.abort = 20ms;
        settings.limits.leave = 1000s;
        scripted_workers cluster(executor, ready_at_once, settings);
        co_await cluster.start(1);
        cluster.order(1, "fail");
        co_await cluster.until([&] { return has(cluster.exits, 1); },
                               "a worker that had failed was alive, though drain and abort give it "
                               "40 ms until SIGTERM");
    });
}

TEST_CASE("who says twice that it has failed has failed once", "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        scripted_workers cluster(executor, ready_at_once, bears_one_failure());
        co_await cluster.start(1);
        cluster.order(1, "fail");
        co_await cluster.until_ready(2, "the failed worker had no successor that was ready");
        cluster.order(1, "fail");
        cluster.order(1, "talk");  // heard after it
        co_await cluster.until([&] { return !cluster.heard.empty(); },
                               "what a failed worker said had not been heard");
        co_await settle();
        must_have_counted_once(cluster, "worker 1 said twice that it has failed",
                               "the second time when worker 2 was ready in its slot, and both "
                               "counted");
    });
}

TEST_CASE("who was replaced already, or meant to go, ends without being a failure",
          "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        scripted_workers cluster(executor, ready_at_once, bears_one_failure());
        co_await cluster.start(1);
        const auto until_replaced = [&](std::size_t ready) {
            return cluster.until_ready(ready, "worker " + std::to_string(ready) + " was not ready");
        };
        const auto until_ended = [&](std::size_t exits) {
            return cluster.until([&, exits] { return cluster.exits.size() == exits; },
                                 "a worker that was told to leave had not ended");
        };
        cluster.order(1, "fail");
        co_await until_replaced(2);
        cluster.order(1, "leave");
        co_await until_ended(1);
        co_await settle();
        must_have_counted_once(cluster, "one worker failed",
                               "and it was counted twice, for its message and for its exit");
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
        scripted_workers idle(executor, ready_at_once);
        co_await idle.start(1);
        idle.order(1, "finish");
        co_await idle.until([&] { return idle.forks.size() == 2; },
                            "a worker that had ended with code 0, and that nobody had asked to "
                            "leave, had no successor");
    });
}
