// Which slots are filled when, as the workers' own processes see it.
#include "exercises/04/checks/scripted_workers.hpp"

using namespace tests;

namespace {

// Has the worker end with code 1, which nobody wanted, and waits until the next one is ready.
asio::awaitable<void> crash_and_replace(scripted_workers& cluster, int id) {
    const std::size_t ready = cluster.ready.size() + 1;
    cluster.order(id, "leave");
    co_await cluster.until_ready(ready, "a worker that ended with code 1 had no successor");
}

// What until_failed says, if it says anything.
asio::awaitable<std::optional<std::string>> failure_of(scripted_workers& cluster) {
    co_return co_await support::with_timeout(cluster->until_failed(), 10ms);
}

}  // namespace

TEST_CASE("a slot that is due later is filled, too, whoever is started before", "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        cluster::supervisor_settings settings;
        settings.restart.first_delay = 2s;
        bool was_later = false;
        // A random delay may be so short that both slots are due at once, which shows nothing.
        for (int turn = 0; turn < 5 && !was_later; ++turn) {
            // Worker 4 never says a word that would lead to another look.
            scripted_workers cluster(executor, "[ $NODE_UNIQUE_ID -gt 3 ] || " + ready_at_once,
                                     settings);
            co_await cluster.start(2);
            co_await crash_and_replace(cluster, 2);
            // Slot 1 is due at some time within 2 s now, and slot 0 at once.
            cluster->on_exit.add([&](auto& worker, const cluster::crash_report&) {
                if (worker.id() == 3) cluster.order(1, "leave");
            });
            cluster.order(3, "leave");
            co_await cluster.until([&] { return cluster.forks.size() >= 4; },
                                   "the worker in slot 0 ended, and had no successor");
            const auto* fourth = cluster->find(4);
            was_later = cluster.forks.size() == 4 && fourth != nullptr && fourth->slot() == 0;
            co_await cluster.until(
                [&] { return cluster.forks.size() == 5; },
                "of two empty slots one had been filled, and the other, due within 2 "
                "s, was empty");
        }
    });
}

TEST_CASE("what failures lead to is told, and done as the settings say", "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        for (int turn = 0; turn < 2; ++turn) {
            const bool waits = turn == 0;
            cluster::supervisor_settings settings;
            settings.restart.limit = 1;
            settings.giving_up = waits ? cluster::on_give_up::wait : cluster::on_give_up::shut_down;
            scripted_workers cluster(executor, ready_at_once, settings);
            co_await cluster.start(1);
            co_await crash_and_replace(cluster, 1);
            cluster.order(2, "leave");
            co_await cluster.until([&] { return cluster.give_ups > 0; },
                                   "on_give_up had not told that the limit of 1 was passed");
            const auto why = co_await failure_of(cluster);
            if (waits && why)
                FAIL(
                    "observed: the policy gave up, the settings say wait, and until_failed was "
                    "done with: "
                    << *why << cluster.story());
            if (!waits && !why)
                FAIL(
                    "observed: the policy gave up, the settings say shut_down, and until_failed "
                    "went on waiting"
                    << cluster.story());
            if (why && why->find("worker 2") == why->npos)
                FAIL(
                    "observed: worker 2 was one failure too many, and until_failed does not say "
                    "so, but: "
                    << *why << cluster.story());
        }
        cluster::supervisor_settings settings;
        settings.restart.boot_attempts = 1;
        scripted_workers broken(executor, "exit 1", settings);
        broken->keep_running(1);
        co_await broken.until([&] { return !broken.exits.empty(); },
                              "a worker that ends at once had not ended");
        if (!co_await failure_of(broken))
            FAIL("observed: no worker comes up, and until_failed went on waiting"
                 << broken.story());
        settings = {};
        settings.replace = false;
        scripted_workers alone(executor, ready_at_once, settings);
        co_await alone.start(1);
        alone.order(1, "leave");
        co_await alone.until([&] { return !alone.exits.empty(); },
                             "a worker that was told to leave had not ended");
        co_await settle();
        if (alone.forks.size() != 1)
            FAIL("observed: replace is off, and a worker that ended was replaced" << alone.story());
    });
}

TEST_CASE("of three workers that fail together one at a time has its replacement starting",
          "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        // Replacements are ready when they are told.
        scripted_workers cluster(executor, "[ $NODE_UNIQUE_ID -gt 3 ] || say '\"act\":\"ready\"'");
        co_await cluster.start(3);
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
            co_await cluster.until_ready(3 + replaced,
                                         "replacement number " + number + " was not ready");
        }
        // The same with two, whose first replacement does not want to stay.
        scripted_workers brief(executor, "[ $NODE_UNIQUE_ID -gt 3 ] || " + ready_at_once);
        co_await brief.start(3);
        for (const int id : {1, 2}) brief.order(id, "fail");
        co_await brief.until([&] { return brief.failed.size() == 2 && brief.forks.size() >= 4; },
                             "not both had said that they have failed, and one been replaced");
        brief.order(3, "leave");
        co_await brief.until([&] { return brief.forks.size() == 5; },
                             "a slot whose worker had left for good waited for the replacement in "
                             "another to be ready");
        brief.order(4, "retire");
        co_await brief.until([&] { return brief.forks.size() == 6; },
                             "a slot had waited for the replacement in another, which has ended "
                             "without being ready, and it waited still");
    });
}
