// A child starts with default signals and an empty mask, whatever its parent did to its own.
#include <sys/time.h>

#include <csignal>

#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

std::string report_of(const std::string& file, std::vector<std::string> arguments) {
    std::string report;
    tests::run([&]() -> asio::awaitable<void> {
        child process = spawn(co_await asio::this_coro::executor, file, arguments);
        report = co_await tests::read_all(process.out());
        co_await process.wait();
    });
    return report;
}

}  // namespace

TEST_CASE("signals that the parent ignores, blocks or handles are default in the child",
          "[01][signals]") {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGUSR1, SIG_IGN);
    std::signal(SIGHUP, [](int) {});
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR2);
    ::sigaddset(&blocked, SIGRTMIN);
    ::sigprocmask(SIG_BLOCK, &blocked, &before);

    CHECK(report_of(tests::program("reports_its_signals"), {}).empty());

    sigset_t now;
    ::sigprocmask(SIG_SETMASK, &before, &now);
    CHECK(::sigismember(&now, SIGUSR2) == 1);  // the parent's own mask came back after spawn
    CHECK(::sigismember(&now, SIGTERM) == 0);
    std::signal(SIGUSR1, SIG_DFL);
    std::signal(SIGHUP, SIG_DFL);
}

TEST_CASE("the reporting program does see an inherited disposition", "[01][signals]") {
    const std::string command = "trap '' USR1; exec " + tests::program("reports_its_signals");
    CHECK(report_of("sh", {"-c", command}) == "ignored " + std::to_string(SIGUSR1) + "\n");
}

TEST_CASE("a storm of signals in the parent disturbs no start", "[01][signals]") {
    static volatile std::sig_atomic_t alarms = 0;
    alarms = 0;
    std::signal(SIGALRM, [](int) { alarms = alarms + 1; });
    const timeval often{0, 100};  // every 100 microseconds
    const itimerval storm{often, often};
    ::setitimer(ITIMER_REAL, &storm, nullptr);
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        for (int n = 0; n < 100 || alarms < 100; ++n) {
            child process = spawn(executor, tests::program("exits_with"));
            const exit_status status = co_await process.wait();
            CHECK(status.success());
        }
    });
    ::setitimer(ITIMER_REAL, nullptr, nullptr);
    std::signal(SIGALRM, SIG_DFL);
}
