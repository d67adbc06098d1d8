// The limit of a stop holds for all of it.
#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/04-auto-restart/processes.hpp"
#include "tests/04-auto-restart/request.hpp"

using namespace tests;

namespace {

primary_program::words slow_stop(const std::string& how, const std::string& limit) {
    return {stage_program("04-auto-restart", "restart_worker"), how, limit};
}

}  // namespace

TEST_CASE("what is done before the workers are told is given up when the limit is over",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, program("stops_slowly"), slow_stop("--never", "200"));
        co_await primary.until_listening(1);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK(primary.count("before the end") == 1);
        // Told and, since nothing of the limit is left, terminated: either may come first.
        CHECK(primary.exit_of(1).ends_with(", as it should"));
    });
}

TEST_CASE(
    "workers are replaced as long as something is done before they are told, and a second "
    "signal ends that",
    "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, program("stops_slowly"), slow_stop("--never", "600000"));
        co_await primary.until_listening(1);
        primary.kill(SIGTERM);
        co_await primary.until_said("before the end");
        ::kill(primary.alive().at(1), SIGKILL);
        co_await primary.until_listening(2);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK(primary.count("a second signal: the fast way") == 1);
        CHECK(primary.started().size() == 2);
    });
}

TEST_CASE("when something before the end fails the workers leave, and the failure is told",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, program("stops_slowly"), slow_stop("--throws", "600000"));
        co_await primary.until_listening(1);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 1);
        CHECK(primary.exit_of(1) == "code 0, as it should");
        CHECK(primary.errors() == "error: the queue is broken\n");
    });
}

TEST_CASE("a worker that is told to leave and does not do so in time is cut short by SIGTERM",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "1", "--stop-limit", "100"});
        co_await primary.until_listening(1);
        request slow(executor, primary.port(), "/slow?ms=600000");
        co_await ask_once(primary.port(), "/");
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK(primary.exit_of(1) == "code 0, as it should");
        const std::string answer = co_await slow.answer();
        CHECK(answer.empty());
    });
}

TEST_CASE("a primary that was started with SIGCHLD ignored learns how its workers end",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(
            executor, "sh",
            {"-c", "trap '' CHLD; exec \"$@\"", "sh",
             stage_program("04-auto-restart", "restart_primary"), "--port", "0", "--workers", "1"});
        co_await primary.until_listening(1);
        ::kill(primary.alive().at(1), SIGKILL);
        co_await primary.until_listening(2);
        CHECK(primary.exit_of(1) == "signal SIGKILL");
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
    });
}
