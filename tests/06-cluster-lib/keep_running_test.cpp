// Workers that are always there, and those that are not.
#include "support/async_condition.hpp"
#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

namespace {

std::vector<int> ids_of(const cluster::primary& primary) {
    std::vector<int> result;
    for (const cluster::worker* each : primary.workers()) result.push_back(each->id());
    return result;
}

using numbers = std::vector<int>;

}  // namespace

TEST_CASE("a worker that was forked is not replaced", "[06][primary]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        co_await all.start(2);
        CHECK(all.worker(1).slot() < 0);
        CHECK(all.worker(1).slot() != all.worker(2).slot());
        all.worker(1).kill(SIGKILL);
        co_await all.until_recorded("exit 1");
        const json echo = co_await all.ask(2, "still here");
        CHECK(echo == "still here");
        CHECK(all.count("fork") == 2);
        CHECK(all.primary().wanted() == 0);
    });
}

TEST_CASE("a worker that is kept running is replaced in its slot", "[06][primary]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        all.primary().keep_running(2);
        co_await all.until_recorded("listening", 2);
        CHECK(all.primary().wanted() == 2);
        const int slot = all.worker(2).slot();
        all.worker(2).kill(SIGKILL);
        co_await all.until_recorded("listening 3");
        CHECK(all.worker(3).slot() == slot);
        CHECK(ids_of(all.primary()) == numbers{1, 3});
    });
}

TEST_CASE("scaling up starts workers, and scaling down lets the last ones leave", "[06][primary]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        all.primary().keep_running(1);
        co_await all.until_recorded("listening", 1);
        all.primary().scale(3);
        co_await all.until_recorded("listening", 3);
        all.primary().scale(1);
        co_await all.until_recorded("exit", 2);
        CHECK(ids_of(all.primary()) == numbers{1});
        CHECK(all.has("exit 2: code 0, wanted"));
        CHECK(all.has("exit 3: code 0, wanted"));
        CHECK(all.count("fork") == 3);
    });
}

TEST_CASE("workers of fork and those that are kept running live side by side", "[06][primary]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        all.primary().fork();
        all.primary().keep_running(1);
        co_await all.until_recorded("listening", 2);
        all.primary().keep_running(0);
        co_await all.until_recorded("exit 2");
        CHECK(ids_of(all.primary()) == numbers{1});
    });
}

TEST_CASE("a worker that the primary disconnects is not replaced", "[06][primary]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        all.primary().keep_running(2);
        co_await all.until_recorded("listening", 2);
        all.worker(1).disconnect();
        co_await all.until_recorded("exit 1");
        const json echo = co_await all.ask(2, "still here");
        CHECK(echo == "still here");
        CHECK(all.count("fork") == 2);
    });
}

TEST_CASE("a worker is found by its number until its end was told", "[06][primary]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        co_await all.start(1);
        CHECK(all.primary().find(1) == &all.worker(1));
        CHECK(all.primary().find(2) == nullptr);
        std::string listed;
        all.primary().on_disconnect([&](cluster::worker& worker) {
            listed += all.primary().workers().size() == 1 ? "disconnected " : "gone ";
            CHECK_FALSE(worker.is_connected());
        });
        all.primary().on_exit([&](cluster::worker& worker, child_process::exit_status) {
            listed += all.primary().find(worker.id()) == &worker ? "ended" : "gone";
            CHECK(worker.is_dead());
        });
        all.worker(1).kill(SIGKILL);
        co_await all.until_recorded("exit 1");
        CHECK(listed == "disconnected ended");
        co_await all.primary().until_empty();
        CHECK(all.primary().find(1) == nullptr);
    });
}

TEST_CASE("disconnect completes after the last worker", "[06][primary]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        troupe all(executor, "lives_as_told");
        co_await all.start(3);
        co_await all.until_recorded("listening", 3);
        // One of them has a connection, which it finishes first.
        client slow(executor);
        const std::error_code error =
            co_await slow.connect(at_ip("127.0.0.1", all.address(1).port));
        CHECK_FALSE(error);
        co_await all.until_open(1);
        bool done = false;
        support::async_condition over(executor);
        auto disconnect = [&]() -> asio::awaitable<void> {
            co_await all.primary().disconnect();
            done = true;
            over.notify_all();
        };
        asio::co_spawn(executor, disconnect(), support::rethrow);
        co_await all.until_recorded("exit", 2);
        CHECK_FALSE(done);
        CHECK(all.primary().workers().size() == 1);
        slow.close();
        co_await all.until_recorded("exit", 3);
        co_await all.primary().until_empty();
        if (!done) co_await over.wait();
        CHECK(all.primary().workers().empty());
        CHECK(all.primary().exit_code() == 0);
        CHECK(all.primary().wanted() == 0);
    });
}

TEST_CASE("a worker that does not leave in time is made to", "[06][primary]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        cluster::setup setup;
        cluster::worker_limits limits;
        limits.term = 200ms;
        setup.limits = limits;
        troupe all(executor, "lives_as_told", setup);
        co_await all.start(1);
        co_await all.until_recorded("listening");
        client slow(executor);
        const std::error_code error =
            co_await slow.connect(at_ip("127.0.0.1", all.address(1).port));
        CHECK_FALSE(error);
        co_await all.until_open(1);
        const auto begin = std::chrono::steady_clock::now();
        co_await all.primary().disconnect(200ms);
        CHECK(all.count("exit 1") == 1);
        CHECK(std::chrono::steady_clock::now() - begin >= 200ms);
    });
}
