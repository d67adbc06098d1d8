// How our programs end: on a signal they give back what they own, an exception is told.
#include <csignal>

#include "01-spawn-exec/exec.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

TEST_CASE("a signal ends a program by way of its destructors, with exit code 0", "[01][program]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        for (const int signal : {SIGINT, SIGTERM, SIGQUIT}) {
            child process = spawn(executor, tests::program("waits_for_a_signal"));
            const std::string ready = co_await tests::read_line(process.out());
            CHECK(ready == "ready");
            process.kill(signal);
            const std::string rest = co_await tests::read_all(process.out());
            const exit_status status = co_await process.wait();
            CHECK(rest == "given back\n");
            CHECK(status == exit_status::exited(0));
        }
    });
}

TEST_CASE("a program that asks for the signal gets it, and ends in its own steps",
          "[01][program]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"--own"};
        child process = spawn(executor, tests::program("waits_for_a_signal"), arguments);
        co_await tests::read_line(process.out());
        process.kill(SIGTERM);
        const std::string rest = co_await tests::read_all(process.out());
        const exit_status status = co_await process.wait();
        CHECK(rest == "got signal 15\ngiven back\n");
        CHECK(status == exit_status::exited(5));
    });
}

TEST_CASE("an exception ends a program with exit code 1 and its words", "[01][program]") {
    const exec_result result =
        support::run(exec(tests::program("waits_for_a_signal") + " --throw"));
    CHECK(result.status == exit_status::exited(1));
    CHECK(result.err == "error: thrown on purpose\n");
    CHECK(result.out == "given back\n");
}
