// Whoever has to leave does, whatever he is doing.
#include <csignal>
#include <functional>

#include "01-spawn-exec/spawn.hpp"
#include "04-auto-restart/kill_ladder.hpp"
#include "04-auto-restart/supervisor.hpp"
#include "support/timeout.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/04-auto-restart/processes.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace {

using namespace std::chrono_literals;

using orders = std::function<void(cluster::kill_ladder&)>;

// Needs a line on its input to end after SIGTERM, which comes when it has said that it tidies up.
const std::string cleans_up =
    "trap 'echo tidies; read -r line; exit 7' TERM; echo ready; while :; do read -r line; done";
constexpr int cleaned_up = -7;

// The signal that ends a shell which has said "ready" and then has to leave; 0 if none has after
// four seconds; an exit code as a negative number.
asio::awaitable<int> signal_that_ends(std::string script, std::chrono::milliseconds term_limit,
                                      orders begin) {
    const auto executor = co_await asio::this_coro::executor;
    const std::vector<std::string> arguments{"-c", script};
    child_process::child process = child_process::spawn(executor, "sh", arguments);
    co_await tests::read_line(process.out());
    if (script.find("STOP") != script.npos)
        co_await tests::until_seen([&] { return tests::state_of(process.pid()) == 'T'; });
    cluster::kill_ladder ladder(executor, process, term_limit);
    begin(ladder);
    if (script == cleans_up) {
        const auto said = co_await support::with_timeout(tests::read_line(process.out()),
                                                         std::chrono::seconds(4));
        if (said == "tidies") co_await process.in().write("go on\n");
    }
    const auto status = co_await support::with_timeout(process.wait(), 4s);
    if (status && status->signal()) co_return *status->signal();
    if (status) co_return -status->code().value_or(0);
    process.kill(SIGKILL);
    co_await process.wait();
    co_return 0;
}

void leave_soon(cluster::kill_ladder& ladder) {
    ladder.leave_within(20ms);
}

std::string name_of(int signal) {
    if (signal < 0) return "itself, with code " + std::to_string(-signal);
    return signal == 0 ? "nothing: it was alive after 4 s" : "signal " + std::to_string(signal);
}

// Held against the signal that should have ended a process.
void must_be(int expected, int seen, const std::string& process, const std::string& advice = "") {
    if (seen != expected)
        FAIL("observed: a process that " << process << " was ended by " << name_of(seen) << advice);
}

}  // namespace

TEST_CASE("a process that has to leave is ended though it is stopped or deaf", "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::string sleeps = "echo ready; exec sleep 1000";
        const std::string stops = "echo ready; kill -STOP $$; exec sleep 1000";
        const int willing = co_await signal_that_ends(sleeps, 1000s, leave_soon);
        must_be(SIGTERM, willing, "heeds SIGTERM");
        const int stopped = co_await signal_that_ends(stops, 1000s, leave_soon);
        must_be(SIGTERM, stopped, "is stopped, and would heed SIGTERM,");
        const int deaf = co_await signal_that_ends("trap '' TERM; " + sleeps, 50ms, leave_soon);
        must_be(SIGKILL, deaf, "ignores SIGTERM");
        const int tidy = co_await signal_that_ends(cleans_up, 1000s, leave_soon);
        must_be(cleaned_up, tidy, "tidies up on SIGTERM, and has 1000 s for it,");

        const std::string earlier = "; the earlier limit counts (step_at)";
        const int twice = co_await signal_that_ends(sleeps, 1000s, [](auto& ladder) {
            ladder.leave_within(20ms);
            ladder.leave_within(1000s);
        });
        must_be(SIGTERM, twice, "had 20 ms to leave, and then was given 1000 s by somebody else,",
                earlier);
        const int shorter = co_await signal_that_ends(sleeps, 1000s, [](auto& ladder) {
            ladder.leave_within(1000s);
            ladder.leave_within(20ms);
        });
        must_be(SIGTERM, shorter, "had 1000 s to leave, and then was given 20 ms,", earlier);

        const std::string first =
            ": look at step_at; SIGKILL goes before SIGTERM, whichever is "
            "sooner";
        const int killed = co_await signal_that_ends(sleeps, 1000s, [](auto& ladder) {
            ladder.kill_within(20ms);
            ladder.leave_within(0ms);
        });
        must_be(SIGKILL, killed, "was to be killed in 20 ms, and then was asked to leave at once,",
                first);
        const int asked = co_await signal_that_ends(sleeps, 1000s, [](auto& ladder) {
            ladder.leave_within(0ms);
            ladder.kill_within(20ms);
        });
        must_be(SIGKILL, asked, "was asked to leave at once, and then was to be killed in 20 ms,",
                first);
    });
}
