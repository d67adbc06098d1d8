// Signals to a child: sent, or told that it is gone; never to somebody else with its number.
#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <iostream>

#include "01-spawn-exec/spawn.hpp"
#include "support/syscall.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

// Starts a process that has the number `pid`, which must be free, by telling the kernel which
// number it gave last. Another program may start one in between: then we try again.
std::optional<child> spawn_with_pid(const asio::any_io_executor& executor, pid_t pid) {
    for (int attempt = 0; attempt < 1000; ++attempt) {
        std::ofstream("/proc/sys/kernel/ns_last_pid") << pid - 1;
        child process = spawn(executor, "cat");
        if (process.pid() == pid) return process;
    }
    return std::nullopt;
}

bool can_choose_pids() {
    const support::unique_fd last(::open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC));
    const bool possible = last && ::write(last.get(), "4000", 4) == 4;
    if (!possible) std::cout << "SKIPPED: only root can choose a process's number" << std::endl;
    return possible;
}

}  // namespace

TEST_CASE("kill reaches a living child and says so", "[01][kill]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        for (const int signal : {SIGTERM, SIGKILL, SIGINT, SIGUSR1}) {
            child process = spawn(executor, "cat");
            CHECK(process.kill(signal) == kill_result::sent);
            const exit_status status = co_await process.wait();
            CHECK(status == exit_status::killed(signal));
        }
    });
}

TEST_CASE("a child may ignore SIGTERM, but not SIGKILL", "[01][kill]") {
    tests::run([]() -> asio::awaitable<void> {
        child process =
            spawn(co_await asio::this_coro::executor, tests::program("ignores_sigterm"));
        co_await tests::read_line(process.out());
        CHECK(process.kill() == kill_result::sent);
        CHECK(process.kill(0) == kill_result::sent);  // still there
        CHECK(process.kill(SIGKILL) == kill_result::sent);
        const exit_status status = co_await process.wait();
        CHECK(status == exit_status::killed(SIGKILL));
    });
}

TEST_CASE("killing a child that has ended is told, reaped or not", "[01][kill]") {
    tests::run([]() -> asio::awaitable<void> {
        child process = spawn(co_await asio::this_coro::executor, "true");
        co_await tests::read_all(process.out());
        siginfo_t info{};  // until it is a zombie, which it stays
        ::waitid(P_PID, static_cast<id_t>(process.pid()), &info, WEXITED | WNOWAIT);
        CHECK(process.kill() == kill_result::gone);
        const exit_status status = co_await process.wait();
        CHECK(status.success());
        CHECK(process.kill(SIGKILL) == kill_result::gone);
    });
}

TEST_CASE("a number that is no signal is an error", "[01][kill]") {
    asio::io_context io(1);
    child process = spawn(io.get_executor(), "cat");
    std::error_code error;
    CHECK(process.kill(999, error) == kill_result::error);
    CHECK(error == std::errc::invalid_argument);
    CHECK_THROWS_AS(process.kill(999), std::system_error);
    CHECK(process.kill(SIGKILL, error) == kill_result::sent);
    CHECK_FALSE(error);
}

TEST_CASE("a signal never reaches another process that was given the number later", "[01][kill]") {
    if (!can_choose_pids()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child old = spawn(executor, "true");
        co_await old.wait();
        std::optional<child> other = spawn_with_pid(executor, old.pid());
        REQUIRE(other.has_value());
        REQUIRE(other->pid() == old.pid());
        CHECK(old.kill(SIGKILL) == kill_result::gone);
        // The other one lives on, and ends when we ask it to.
        other->in().end();
        const exit_status status = co_await other->wait();
        CHECK(status == exit_status::exited(0));
    });
}

TEST_CASE("even when somebody else reaped the child, its number's next owner is safe",
          "[01][kill]") {
    if (!can_choose_pids()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child old = spawn(executor, "true");
        REQUIRE(::waitpid(old.pid(), nullptr, 0) == old.pid());
        std::optional<child> other = spawn_with_pid(executor, old.pid());
        REQUIRE(other.has_value());
        CHECK(old.kill(SIGKILL) == kill_result::gone);
        CHECK_THROWS_AS(co_await old.wait(), std::system_error);
        old = child(std::move(*other));  // the old one's end must not touch the new one either
        CHECK(old.kill(0) == kill_result::sent);
        old.in().end();
        const exit_status status = co_await old.wait();
        CHECK(status == exit_status::exited(0));
    });
}
