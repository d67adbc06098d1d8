// How a process ended: a code or a signal, never both.
#include <csignal>

#include "01-spawn-exec/spawn.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/text.hpp"

using namespace child_process;

TEST_CASE("every exit code from 0 to 255 arrives as it was", "[01][exit]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        for (int code = 0; code <= 255; ++code) {
            child process = spawn(executor, tests::program("exits_with"), {std::to_string(code)});
            const exit_status status = co_await process.wait();
            CHECK(status.code() == code);
            CHECK(status.signal() == std::nullopt);
            CHECK(status.success() == (code == 0));
        }
    });
}

TEST_CASE("an exit code above 255 keeps its lowest eight bits", "[01][exit]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child process = spawn(executor, tests::program("exits_with"), {"259"});
        const exit_status status = co_await process.wait();
        CHECK(status == exit_status::exited(3));
    });
}

TEST_CASE("death by a signal is told apart from the exit code that shells show for it",
          "[01][exit]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child killed = spawn(executor, "sh", {"-c", "kill -KILL $$"});
        const exit_status by_signal = co_await killed.wait();
        CHECK(by_signal.signal() == SIGKILL);
        CHECK(by_signal.code() == std::nullopt);
        CHECK_FALSE(by_signal.success());

        child shell = spawn(executor, tests::program("exits_with"), {"137"});
        const exit_status by_code = co_await shell.wait();
        CHECK(by_code == exit_status::exited(137));
    });
}

TEST_CASE("a process that handles SIGTERM ends with the code of its choice", "[01][exit]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child process = spawn(executor, "sh", {"-c", "trap 'exit 42' TERM; kill -TERM $$"});
        const exit_status status = co_await process.wait();
        CHECK(status == exit_status::exited(42));
    });
}

TEST_CASE("the status stays known after the process was reaped", "[01][exit]") {
    tests::run([]() -> asio::awaitable<void> {
        child process = spawn(co_await asio::this_coro::executor, "true");
        CHECK(process.status() == std::nullopt);
        const exit_status first = co_await process.wait();
        const exit_status second = co_await process.wait();
        CHECK(second == first);
        CHECK(process.status() == first);
    });
}

TEST_CASE("an exit status says itself in words", "[01][exit]") {
    CHECK(tests::printed(exit_status::exited(7)) == "code 7");
    CHECK(tests::printed(exit_status::killed(SIGKILL)) == "signal SIGKILL");
    CHECK(tests::printed(exit_status::killed(SIGABRT, true)) == "signal SIGABRT (core dumped)");
    CHECK(signal_name(SIGTERM) == "SIGTERM");
    CHECK(signal_name(63) == "signal 63");
}
