// The dispatcher at work, and at its end.
#include <nlohmann/json.hpp>

#include "01-spawn-exec/exec.hpp"
#include "02-fork-ipc/message.hpp"
#include "tests/05-round-robin/family.hpp"
#include "tests/load.hpp"

using namespace tests;
using child_process::json;

TEST_CASE("workers that commit suicide under load cost nobody an answer", "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, {"--workers", "2"});
        co_await cluster.until_listening(2);
        load clients(executor, cluster.port());
        clients.start(8);
        for (int crashes = 1; crashes <= 50; ++crashes) {
            const std::string answer = co_await ask_once(cluster.port(), "/crash");
            CHECK(answer.starts_with("HTTP/1.1 500"));
            co_await cluster.until(" ended: code 1", crashes);
        }
        co_await clients.finish();
        CHECK(clients.account().answered == clients.account().asked());
        CHECK(clients.account().answered > 50);
        const auto status = co_await cluster.stop();
        CHECK(status.code() == 0);
    });
}

TEST_CASE("connections that wait are served before the primary ends", "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, {"--workers", "1", "--", "--connections", "1"});
        co_await cluster.until_listening(1);
        load clients(executor, cluster.port(), "/slow?ms=300");
        clients.start(4, 1);
        co_await clients.until_answered(1);
        const auto status = co_await cluster.stop();
        CHECK(status.code() == 0);
        co_await clients.until_done();
        CHECK(clients.account().answered == 4);
    });
}

TEST_CASE("a client whom no worker can take within ten seconds is told so", "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, {"--workers", "1", "--no-restart"});
        co_await cluster.until_listening(1);
        cluster.signal_workers(SIGKILL);
        co_await cluster.until(" ended: signal SIGKILL");
        const std::string answer = co_await ask_once(cluster.port(), "/");
        CHECK(answer.starts_with("HTTP/1.1 503"));
        co_await cluster.stop();
    });
}

TEST_CASE("a rush of two hundred connections is shared exactly by round robin",
          "[05][compare_scheduling]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::string program = stage_program("05-round-robin", "compare_scheduling");
        std::vector<std::string> words{"--policy", "round-robin", "--connections", "200"};
        const auto shown = co_await child_process::exec_file(program, words);
        CHECK(shown.status.code() == 0);
        for (int worker = 1; worker <= 4; ++worker) {
            CHECK(shown.out.find("worker " + std::to_string(worker) + "     50 ###") !=
                  std::string::npos);
        }
        CHECK(shown.out.find("spread 50/50 = 1.00") != std::string::npos);
    });
}

TEST_CASE("every policy serves everybody, and says so in JSON", "[05][compare_scheduling]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::string program = stage_program("05-round-robin", "compare_scheduling");
        std::vector<std::string> words{"--json", "--connections", "60", "--workers", "2"};
        const auto shown = co_await child_process::exec_file(program, words);
        CHECK(shown.status.code() == 0);
        const json all = json::parse(shown.out);
        REQUIRE(all.size() == 5);
        for (const json& one : all) {
            INFO(one.dump());
            CHECK(one["failed"] == 0);
            CHECK(one["connections"][0].get<int>() + one["connections"][1].get<int>() == 60);
        }
    });
}

TEST_CASE("an unknown policy is named, and those that there are", "[05][compare_scheduling]") {
    tests::run([]() -> asio::awaitable<void> {
        for (const std::string name : {"compare_scheduling", "dispatch_primary"}) {
            const std::string program = stage_program("05-round-robin", name);
            std::vector<std::string> words{"--policy", "fair"};
            const auto shown = co_await child_process::exec_file(program, words);
            CHECK(shown.status.code() == 2);
            CHECK(shown.err.find("round-robin") != std::string::npos);
        }
    });
}
