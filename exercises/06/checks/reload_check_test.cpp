// In which order a reload replaces workers, and what ends it.
#include <algorithm>

#include "exercises/06/checks/reloading.hpp"
#include "tests/turns.hpp"

using namespace kit_06;

namespace {

/// Lets what follows from the last event happen; then nothing may have happened to anybody else.
asio::awaitable<void> expect_untouched(reloading& cluster, const std::vector<int>& what,
                                       std::size_t count, std::string observed) {
    co_await tests::settle();
    if (what.size() != count) FAIL("observed: " << observed << cluster.story());
}

/// A worker says once more that it is ready, which changes nothing.
asio::awaitable<void> some_other_news(reloading& cluster, int id) {
    const std::size_t before = cluster.ready.size();
    cluster.order(id, "ready");
    co_await cluster.until([&] { return cluster.ready.size() > before; },
                           "a worker that was told to say that it is ready had not said so");
}

}  // namespace

TEST_CASE("06: the old worker is told to leave when its successor has proved itself", "[kit]") {
    constexpr auto proof = 300ms;
    on_stage<reloading>(
        [&](reloading& cluster) -> asio::awaitable<void> {
            co_await cluster.start(1);
            const std::size_t reload = cluster.ask();
            co_await cluster.until(cluster.forks, 2, ", the successor, was not started");
            co_await expect_untouched(cluster, cluster.leaving, 0,
                                      "worker 1 was told to leave before its successor was ready");
            cluster.order(2, "ready");
            co_await cluster.until(cluster.leaving, 1, ", the old one, was not told to leave");
            const auto served = std::chrono::duration_cast<std::chrono::milliseconds>(
                cluster.left_at - cluster.ready_at);
            if (cluster.ready.size() < 2 || served < proof) {
                FAIL("observed: worker 1 was told to leave when its successor had been ready for "
                     << (cluster.ready.size() < 2 ? 0 : served.count())
                     << " ms; promised: " << proof.count() << " ms at least" << cluster.story());
            }
            if (!cluster.holds_slot(2)) {
                FAIL("observed: worker 2 serves and has no slot: if it fails, nobody follows"
                     << cluster.story());
            }
            cluster.order(1, "go");
            co_await cluster.until_over(reload);
            expect("the reload", cluster.results[reload], "done");
        },
        proof);
}

TEST_CASE("06: the next successor is started when the old worker has ended", "[kit]") {
    on_stage<reloading>(
        [](reloading& cluster) -> asio::awaitable<void> {
            co_await cluster.start(2);
            const std::size_t reload = cluster.ask();
            for (const int old : {1, 2}) {
                const int successor = old + 2;
                const auto forks = static_cast<std::size_t>(successor);
                co_await cluster.until(
                    cluster.forks, successor,
                    ", the successor of worker " + std::to_string(old) + ", was not started");
                co_await expect_untouched(cluster, cluster.forks, forks,
                                          "a second successor was started beside the first");
                cluster.order(successor, "ready");
                co_await cluster.until(cluster.leaving, old, " was not told to leave");
                co_await some_other_news(cluster, successor);
                co_await expect_untouched(
                    cluster, cluster.forks, forks,
                    "another successor was started while worker " + std::to_string(old) +
                        " still finished what it had: for 2 slots there are workers " +
                        cluster.living());
                expect("worker " + std::to_string(old) + " has not ended; the reload",
                       cluster.results[reload], "under way");
                cluster.order(old, "go");
                co_await cluster.until(cluster.exits, old, " was told to go and has not ended");
            }
            co_await cluster.until_over(reload);
            expect("both were replaced; who lives", cluster.living(), "3 4");
        },
        1ms);
}

TEST_CASE("06: a successor that fails ends the reload, and the old workers stay", "[kit]") {
    const auto fails = [](reloading& cluster, std::string when) -> asio::awaitable<void> {
        const std::size_t reload = cluster.ask();
        co_await cluster.until(cluster.forks, 3, ", the successor, was not started");
        if (when == "ready") {
            cluster.order(3, "ready");
            co_await cluster.until(cluster.ready, 3, " was told to be ready, and is not");
            co_await tests::settle();
        }
        cluster.order(3, "fail");
        co_await cluster.until(cluster.exits, 3, " was told to end with code 3, and has not ended");
        co_await cluster.until_over(reload);
        co_await tests::settle();
        const std::string situation = "the first successor, " + when + ", ended with code 3";
        const std::string& result = cluster.results[reload];
        const bool told = result.find("given up") == 0 && result.find("code 3") != result.npos;
        expect(situation + "; the reload", told ? "given up, for code 3" : result,
               "given up, for code 3");
        expect(situation + "; who lives", cluster.living(), "1 2");
        expect(situation + "; how many were started in all", std::to_string(cluster.forks.size()),
               "3");
        for (const int old : {1, 2}) {
            if (std::count(cluster.leaving.begin(), cluster.leaving.end(), old) == 0) continue;
            FAIL("observed: " << situation << ", and worker " << old << " was told to leave"
                              << cluster.story());
        }
    };
    for (const std::string when : {"starting", "ready"}) {
        on_stage<reloading>(
            [&](reloading& cluster) -> asio::awaitable<void> {
                co_await cluster.start(2);
                co_await fails(cluster, when);
            },
            10s);
    }
    constexpr auto proof = 500ms;
    on_stage<reloading>(
        [&](reloading& cluster) -> asio::awaitable<void> {
            co_await cluster.start(2);
            const std::size_t reload = cluster.ask();
            co_await cluster.until(cluster.forks, 3, ", the successor, was not started");
            cluster.order(3, "ready");
            co_await cluster.until(cluster.ready, 3, " was told to be ready, and is not");
            cluster.order(3, "tire");
            co_await cluster.until(cluster.leaving, 3, " has failed, and was not asked to leave");
            if (cluster.leaving.size() > 1) co_return;  // a slow machine: it was proved before that
            co_await cluster.quiet(2 * proof);
            if (cluster.leaving.size() > 1) {
                FAIL(
                    "observed: the first successor said that it has failed, and still finishes "
                    "what it has; when it had been there for long enough an old worker was told "
                    "to leave"
                    << cluster.story());
            }
            cluster.order(3, "go");
            co_await cluster.until_over(reload);
            const std::string& result = cluster.results[reload];
            expect("the first successor failed when it was ready; the reload",
                   result.find("given up") == 0 ? "given up" : result, "given up");
        },
        proof);
}

TEST_CASE("06: who asks during a reload gets the next one, together", "[kit]") {
    on_stage<reloading>(
        [](reloading& cluster) -> asio::awaitable<void> {
            co_await cluster.start(1);
            const std::size_t first = cluster.ask();
            co_await cluster.until(cluster.forks, 2, ", the successor, was not started");
            const std::size_t second = cluster.ask();
            const std::size_t third = cluster.ask();
            co_await expect_untouched(cluster, cluster.forks, 2,
                                      "a second reload began beside the first one");
            const auto replace = [&](int old) -> asio::awaitable<void> {
                cluster.order(old + 1, "ready");
                co_await cluster.until(cluster.leaving, old, " was not told to leave");
                cluster.order(old, "go");
                co_await cluster.until(cluster.exits, old, " was told to go and has not ended");
            };
            co_await replace(1);
            co_await cluster.until_over(first);
            co_await tests::settle();
            expect("the first of three reloads is over, two were asked for meanwhile",
                   cluster.results[first] + ", " + cluster.results[second] + ", " +
                       cluster.results[third],
                   "done, under way, under way");
            co_await cluster.until(cluster.forks, 3,
                                   ", for the reload that was asked for during "
                                   "the first one, was not started");
            co_await replace(2);
            co_await cluster.until_over(second);
            co_await cluster.until_over(third);
            co_await expect_untouched(cluster, cluster.forks, 3,
                                      "two reloads that were asked for during another are two "
                                      "more, and not one");
            expect("the second and the third reload",
                   cluster.results[second] + ", " + cluster.results[third], "done, done");
        },
        1ms);
}
