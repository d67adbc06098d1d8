// Who ends a process, who reaps it, and what is left when its owner goes: nothing.
#include <sys/wait.h>

#include <csignal>

#include "01-spawn-exec/exec.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "support/syscall.hpp"
#include "support/timeout.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/leaks.hpp"

using namespace child_process;

namespace {

// Whether `pid` is a child of ours, alive or a zombie.
bool is_our_child(pid_t pid) {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void wait_until_zombie(pid_t pid) {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
}

}  // namespace

TEST_CASE("the destructor kills and reaps a child that still runs", "[01][ownership]") {
    asio::io_context io(1);
    pid_t pid = 0;
    {
        const child process = spawn(io.get_executor(), tests::program("ignores_sigterm"));
        pid = process.pid();
        CHECK(is_our_child(pid));
    }
    CHECK_FALSE(is_our_child(pid));
}

TEST_CASE("the destructor reaps a child that has ended unseen", "[01][ownership]") {
    asio::io_context io(1);
    pid_t pid = 0;
    {
        const child process = spawn(io.get_executor(), "true");
        pid = process.pid();
        wait_until_zombie(pid);
    }
    CHECK_FALSE(is_our_child(pid));
}

TEST_CASE("assigning another child ends the one that was there", "[01][ownership]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child process = spawn(executor, "cat");
        const pid_t first = process.pid();
        process = spawn(executor, "cat");
        CHECK_FALSE(is_our_child(first));
        CHECK(is_our_child(process.pid()));
        process.in().end();
        const exit_status status = co_await process.wait();
        CHECK(status.success());
    });
}

TEST_CASE("a child can be moved, and the empty one does nothing", "[01][ownership]") {
    tests::run([]() -> asio::awaitable<void> {
        child first = spawn(co_await asio::this_coro::executor, "cat");
        child second = std::move(first);
        CHECK(first.kill() == kill_result::gone);  // NOLINT(bugprone-use-after-move)
        first.detach();
        second.in().end();
        const exit_status status = co_await second.wait();
        CHECK(status.success());
    });
}

TEST_CASE("a detached child goes on, and a later spawn reaps it", "[01][ownership]") {
    asio::io_context io(1);
    const support::pipe_ends held = support::make_pipe();
    spawn_options options;
    options.descriptors = {stdio::descriptor(held.read.get())};
    pid_t pid = 0;
    {
        child process = spawn(io.get_executor(), "cat", {}, options);
        pid = process.pid();
        process.detach();
        CHECK(process.kill() == kill_result::gone);  // it is no longer ours to kill
    }
    CHECK(::kill(pid, 0) == 0);
    CHECK(::kill(pid, SIGKILL) == 0);
    wait_until_zombie(pid);
    CHECK(is_our_child(pid));
    { const child next = spawn(io.get_executor(), "true"); }
    CHECK_FALSE(is_our_child(pid));
}

TEST_CASE("cancelling a wait leaves the process running", "[01][ownership]") {
    tests::run([]() -> asio::awaitable<void> {
        child process = spawn(co_await asio::this_coro::executor, "cat");
        const auto ended =
            co_await support::with_timeout(process.wait(), std::chrono::milliseconds(20));
        CHECK_FALSE(ended.has_value());
        CHECK(process.kill(0) == kill_result::sent);
        process.in().end();
        const exit_status status = co_await process.wait();
        CHECK(status.success());
    });
}

TEST_CASE("an event loop destroyed with everything pending leaves nothing", "[01][ownership]") {
    pid_t pid = 0;
    {
        asio::io_context io(1);
        asio::co_spawn(
            io,
            [&]() -> asio::awaitable<void> {
                child process = spawn(co_await asio::this_coro::executor, "cat");
                pid = process.pid();
                co_await process.wait();
            },
            asio::detached);
        asio::co_spawn(
            io,
            []() -> asio::awaitable<void> {
                child process = spawn(co_await asio::this_coro::executor, "cat");
                co_await tests::read_all(process.out());
            },
            asio::detached);
        exec_options options;
        options.timeout = std::chrono::hours(1);
        options.input = std::string(1024 * 1024, 'x');  // the writer waits, too
        asio::co_spawn(io, exec("sleep 1000", options), asio::detached);
        io.poll();
        CHECK(is_our_child(pid));
    }
    CHECK_FALSE(is_our_child(pid));
}

TEST_CASE("a thousand children leave nothing", "[01][ownership]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const asio::steady_timer first(executor);  // with it Asio opens what it needs for itself
        const auto before = tests::open_descriptors();
        for (int n = 0; n < 1000; ++n) {
            child process = spawn(executor, tests::program("exits_with"));
            if (n % 3 == 0) co_await process.wait();
            if (n % 3 == 1) co_await process.wait_closed();
            // every third is ended by its destructor
        }
        const auto leaks = tests::find_leaks(before);
        CAPTURE(leaks);
        CHECK(leaks.empty());
    });
}
