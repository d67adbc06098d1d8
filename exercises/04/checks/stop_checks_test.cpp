// How a cluster stops, as the workers' own processes see it.
#include "exercises/04/checks/scripted_workers.hpp"

using namespace tests;

TEST_CASE("who ends while the cluster stops is not replaced, and stop waits for the last",
          "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        scripted_workers cluster(executor, ready_at_once);
        co_await cluster.start(2);
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

TEST_CASE("a stop is told for each worker, and its limit holds for all", "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        scripted_workers cluster(executor, "deaf=1\n" + ready_at_once);
        co_await cluster.start(2);
        cluster.order(1, "recycle");
        co_await cluster.until_ready(3, "a worker that asked for its replacement had none");
        const bool done =
            co_await support::with_timeout(cluster->stop(50ms), scripted_workers::soon);
        for (const int id : {2, 3}) {
            if (cluster->find(id) != nullptr)
                FAIL("observed: stop(50 ms), and worker "
                     << id << ", which does not leave by itself, was alive "
                     << scripted_workers::soon.count() << " s later" << cluster.story());
        }
        if (cluster->find(1) != nullptr)
            FAIL("observed: stop(50 ms), and worker 1 was alive "
                 << scripted_workers::soon.count()
                 << " s later: it was leaving already, and kept the 20 s that it had for it"
                 << cluster.story());
        if (!done) FAIL("observed: stop() was not done when all had ended" << cluster.story());
        for (const int id : {2, 3}) {
            if (!has(cluster.leaving, id))
                FAIL("observed: stop() asked worker "
                     << id << " to leave, and on_leaving did not tell it" << cluster.story());
        }
    });
}
