// How the full cluster ends: nothing that was accepted is lost.
#include <filesystem>
#include <fstream>

#include "support/timeout.hpp"
#include "tests/06-cluster-lib/keep_alive_load.hpp"
#include "tests/07-state-sharing/whole_cluster.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

// Clients of every kind.
struct end_crowd {
    end_crowd(const asio::any_io_executor& executor, std::uint16_t port)
        : fresh(executor, port, "/whoami"), kept(executor, port), slow(executor, port) {
        fresh.start(4);
        kept.start(4, std::chrono::milliseconds(0));
        slow.start(8, std::chrono::milliseconds(300));
    }
    asio::awaitable<void> until_busy() { co_await fresh.until_answered(50); }
    // Of all that they asked for nothing was lost.
    asio::awaitable<void> finish_and_check() {
        co_await fresh.finish();
        co_await kept.finish();
        co_await slow.finish();
        const auto& account = fresh.account();
        INFO("fresh: answered " << account.answered << ", refused " << account.refused << "; kept "
                                << kept.answered());
        // Whoever came after the port was closed was refused, which is no lost request.
        CHECK(account.failed + account.cut + account.late == 0);
        CHECK(kept.cut() == 0);
        CHECK(slow.cut() == 0);
    }
    load fresh;
    keep_alive_load kept;
    keep_alive_load slow;
};

}  // namespace

TEST_CASE("SIGTERM under load: every accepted request is answered, and the cluster exits with 0",
          "[07][full_cluster][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        whole_cluster site(executor, folder.file("state"), 2);
        co_await site.until_up();
        end_crowd crowd(executor, site.port());
        co_await crowd.until_busy();
        const auto status = co_await site.stop();
        CHECK(status.code() == 0);
        co_await crowd.finish_and_check();
    });
}

TEST_CASE("a second SIGTERM ends the cluster within its two seconds, whatever is under way",
          "[07][full_cluster][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        whole_cluster site(executor, folder.file("state"), 2);
        co_await site.until_up();
        later_answer cut(executor, site.get("/slow?ms=60000"));
        co_await site.until_metric("worker_connections{slot=\"0\"}", 1);
        site.program().kill(SIGTERM);
        co_await site.program().until_said("a stop was asked for");
        const auto asked = std::chrono::steady_clock::now();
        const auto status = co_await site.stop();
        CHECK(status.code() == 0);
        CHECK(site.program().count("second signal") == 1);
        // Its request would have taken a minute, the first signal's way half of one.
        CHECK(std::chrono::steady_clock::now() - asked < 2s + slack);
        co_await cut.until_done();
        CHECK(cut.result().status == 0);
    });
}

TEST_CASE("SIGTERM during a reload ends old and new workers alike", "[07][full_cluster][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        whole_cluster site(executor, folder.file("state"), 2);
        co_await site.until_up();
        end_crowd crowd(executor, site.port());
        co_await crowd.until_busy();
        site.program().kill(SIGHUP);
        co_await site.program().until_said("fork: worker 3");
        const auto status = co_await site.stop();
        CHECK(status.code() == 0);
        co_await crowd.finish_and_check();
    });
}

TEST_CASE("a reload that is under way when the cluster stops goes no further",
          "[07][full_cluster][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        whole_cluster site(executor, folder.file("state"), 2);
        co_await site.until_up();
        // Slot 0 is being emptied when the stop comes; slot 1 was to be next.
        later_answer one(executor, site.get("/slow?ms=4000"));
        co_await site.until_metric("worker_connections{slot=\"0\"}", 1);
        later_answer other(executor, site.get("/slow?ms=6000"));
        co_await site.until_metric("worker_connections{slot=\"1\"}", 1);
        site.program().kill(SIGHUP);
        co_await site.program().until_said("fork: worker 3");
        co_await site.program().until_said(" listens on port ", 3);
        // A second after it listens the successor has proved itself, and worker 1 leaves.
        co_await support::pause(1500ms);
        const auto status = co_await site.stop();
        CHECK(status.code() == 0);
        CHECK(site.program().count("fork: worker 4") == 0);
        CHECK(site.program().count("second signal") == 0);
        co_await one.until_done();
        co_await other.until_done();
        CHECK(one.result().status == 200);
        CHECK(other.result().status == 200);
    });
}

TEST_CASE("a cluster that stops does nothing else that the dashboard asks for",
          "[07][full_cluster][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        whole_cluster site(executor, folder.file("state"), 1);
        co_await site.until_up();
        later_answer slow(executor, site.get("/slow?ms=3000"));
        co_await site.until_metric("worker_connections{slot=\"0\"}", 1);
        site.program().kill(SIGTERM);
        co_await site.program().until_said("a stop was asked for");
        for (const char* action : {"reload", "scale?by=1", "kill?slot=0", "load?requests=1"}) {
            INFO(action);
            const auto told = co_await site.act(action);
            CHECK(told.status == 409);
        }
        const auto ready = co_await site.admin("/ready");
        CHECK(ready.status == 503);
        site.program().kill(SIGHUP);
        const auto status = co_await site.program().end();
        CHECK(status.code() == 0);
        CHECK(site.program().count("fork: worker") == 1);
        co_await slow.until_done();
        CHECK(slow.result().status == 200);
    });
}

TEST_CASE("SIGTTIN and SIGTTOU scale, SIGHUP reloads, SIGQUIT ends at once with 131",
          "[07][full_cluster][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 1);
        co_await site.until_up();
        site.program().kill(SIGTTIN);
        co_await site.program().until_said(" listens on port ", 2);
        site.program().kill(SIGTTOU);
        co_await site.program().until_said("exit: worker 2: code 0, as it should");
        site.program().kill(SIGHUP);
        co_await site.program().until_said("reload: done");
        const auto status = co_await site.program().stop(SIGQUIT);
        CHECK(status.code() == 131);
    });
}

TEST_CASE("SIGUSR1 begins a new access log in all workers", "[07][full_cluster][end]") {
    tests::run([]() -> asio::awaitable<void> {
        const temporary_folder folder;
        const auto log = folder.file("access.log");
        const whole_cluster::words more = {"--log", "json", "--log-file", log};
        whole_cluster site(co_await asio::this_coro::executor, folder.file("state"), 2, more);
        co_await site.until_up();
        for (int n = 0; n < 4; ++n) co_await site.get("/whoami");
        std::filesystem::rename(log, log + ".1");
        site.program().kill(SIGUSR1);
        const auto lines_in = [](const std::string& path) {
            std::ifstream file(path);
            int lines = 0;
            for (std::string line; std::getline(file, line);) {
                CHECK(nlohmann::json::accept(line));
                ++lines;
            }
            return lines;
        };
        // Both workers write to the new one, sooner or later.
        int asked = 4;
        for (std::set<int> moved; moved.size() < 2; ++asked) {
            const int before = lines_in(log);
            const auto told = co_await site.get("/whoami");
            if (lines_in(log) > before) moved.insert(told.json().at("worker").get<int>());
        }
        CHECK(lines_in(log) + lines_in(log + ".1") == asked);
        co_await site.stop();
    });
}
