// All workers are replaced while they serve.
#include "support/timeout.hpp"
#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/troupe.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

const std::string http_app = stage_program("06-cluster-lib", "http_app");

cluster::setup on_any_port() {
    cluster::setup setup;
    setup.arguments = {"--port", "0"};
    return setup;
}

using reload_failure = std::optional<std::string>;

}  // namespace

TEST_CASE("a reload replaces every worker, one after another, on the same port", "[06][reload]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, http_app, on_any_port());
        all.primary().keep_running(2);
        co_await all.until_recorded("listening", 2);
        const reload_failure failed = co_await all.primary().reload();
        CHECK(failed == std::nullopt);
        CHECK(all.has("reload: done"));
        CHECK(all.primary().find(1) == nullptr);
        CHECK(all.primary().find(2) == nullptr);
        CHECK(all.address(3).port == all.address(1).port);
        CHECK(all.count("exit") == 2);
        CHECK(all.has("exit 1: code 0, wanted"));
        CHECK(all.has("exit 2: code 0, wanted"));
        CHECK(all.worker(3).slot() == 0);
        CHECK(all.worker(4).slot() == 1);
        // One in excess at a time: the first was gone before the second successor was started.
        const auto& record = all.record();
        const auto at = [&](const std::string& line) {
            return std::find(record.begin(), record.end(), line) - record.begin();
        };
        CHECK(at("exit 1: code 0, wanted") < at("fork 4"));
    });
}

TEST_CASE("under load a reload fails not one request", "[06][reload][load]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        troupe all(executor, http_app, on_any_port());
        all.primary().keep_running(2);
        co_await all.until_recorded("listening", 2);
        load clients(executor, static_cast<std::uint16_t>(all.address(1).port));
        clients.start(4);
        co_await clients.until_answered(50);
        const reload_failure failed = co_await all.primary().reload();
        CHECK(failed == std::nullopt);
        co_await clients.until_answered(clients.account().answered + 50);
        co_await clients.finish();
        CHECK(clients.account().answered == clients.account().asked());
        CHECK(clients.account().bodies.size() >= 3);
    });
}

TEST_CASE("a successor that does not start ends the reload, and the old workers stay",
          "[06][reload][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, http_app, on_any_port());
        all.primary().keep_running(2);
        co_await all.until_recorded("listening", 2);
        cluster::setup broken;
        broken.arguments = {"--no-such-flag"};
        all.primary().setup(broken);
        const reload_failure failed = co_await all.primary().reload();
        REQUIRE(failed.has_value());
        CHECK(failed->find("code 2") != std::string::npos);
        CHECK(failed->find("no-such-flag") != std::string::npos);
        CHECK(all.has("reload: " + *failed));
        CHECK(all.worker(1).state() == cluster::worker_state::ready);
        CHECK(all.worker(2).state() == cluster::worker_state::ready);
        const std::string response =
            co_await ask_once(static_cast<std::uint16_t>(all.address(1).port), "/");
        CHECK(response.find("200") != std::string::npos);
        CHECK(all.primary().workers().size() == 2);
    });
}

TEST_CASE("a program that has gone ends the reload", "[06][reload][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, http_app, on_any_port());
        all.primary().keep_running(1);
        co_await all.until_recorded("listening");
        cluster::setup broken;
        broken.program = "/no/such/program";
        all.primary().setup(broken);
        const reload_failure failed = co_await all.primary().reload();
        REQUIRE(failed.has_value());
        CHECK(failed->find("No such file") != std::string::npos);
        CHECK(all.worker(1).state() == cluster::worker_state::ready);
    });
}

TEST_CASE("a reload that was given up can be tried again", "[06][reload][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, http_app, on_any_port());
        all.primary().keep_running(1);
        co_await all.until_recorded("listening");
        cluster::setup broken;
        broken.arguments = {"--no-such-flag"};
        all.primary().setup(broken);
        const reload_failure failed = co_await all.primary().reload();
        CHECK(failed.has_value());
        all.primary().setup(on_any_port());
        const reload_failure again = co_await all.primary().reload();
        CHECK(again == std::nullopt);
        CHECK(all.primary().find(1) == nullptr);
    });
}

TEST_CASE("reloads that are asked for during a reload are one more", "[06][reload]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        troupe all(executor, http_app, on_any_port());
        all.primary().keep_running(1);
        co_await all.until_recorded("listening");
        int done = 0;
        auto reload = [](troupe& of, int& over) -> asio::awaitable<void> {
            static_cast<void>(co_await of.primary().reload());
            ++over;
        };
        for (int n = 0; n < 3; ++n) asio::co_spawn(executor, reload(all, done), support::rethrow);
        co_await all.until_recorded("reload: done", 3);
        CHECK(done >= 2);
        CHECK(all.count("fork") == 3);  // the first, and two successors
    });
}

TEST_CASE("workers of fork have no part in a reload", "[06][reload]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, http_app, on_any_port());
        co_await all.start(1);
        const reload_failure failed = co_await all.primary().reload();
        CHECK(failed == std::nullopt);
        CHECK(all.count("fork") == 1);
        CHECK(all.count("exit") == 0);
    });
}

TEST_CASE("a primary may end during a reload", "[06][reload]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        troupe all(executor, http_app, on_any_port());
        all.primary().keep_running(1);
        co_await all.until_recorded("listening");
        auto reload = [](troupe& of) -> asio::awaitable<void> {
            static_cast<void>(co_await of.primary().reload());
        };
        asio::co_spawn(executor, reload(all), support::rethrow);
        co_await all.until_recorded("listening 2");
        co_await all.primary().disconnect();
        CHECK(all.primary().workers().empty());
        co_await all.until_recorded("reload: ");
        CHECK(all.count("fork") == 2);
    });
}

TEST_CASE("a primary that is destroyed during a reload ends the wait for it", "[06][reload]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        std::optional<troupe> all;
        all.emplace(executor, http_app, on_any_port());
        all->primary().keep_running(1);
        co_await all->until_recorded("listening");
        std::optional<reload_failure> result;
        auto reload = [](cluster::primary& of,
                         std::optional<reload_failure>& ended) -> asio::awaitable<void> {
            reload_failure failed = co_await of.reload();
            ended = std::move(failed);
        };
        asio::co_spawn(executor, reload(all->primary(), result), support::rethrow);
        co_await all->until_recorded("listening 2");
        all.reset();
        while (!result) co_await support::pause(1ms);
        CHECK(result->has_value());
    });
}
