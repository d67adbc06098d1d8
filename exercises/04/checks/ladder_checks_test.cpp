// Whoever has to leave does, whatever he is doing.
#include <csignal>

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

// The signal that ends a shell which has said "ready" and shall leave within a moment; 0 if none
// has after four seconds.
asio::awaitable<int> signal_that_ends(std::string script, bool stopped,
                                      std::chrono::milliseconds term_limit) {
    const auto executor = co_await asio::this_coro::executor;
    const std::vector<std::string> arguments{"-c", script};
    child_process::child process = child_process::spawn(executor, "sh", arguments);
    co_await tests::read_line(process.out());
    if (stopped) co_await tests::until_seen([&] { return tests::state_of(process.pid()) == 'T'; });
    cluster::kill_ladder ladder(executor, process, term_limit);
    ladder.leave_within(20ms);
    const auto status = co_await support::with_timeout(process.wait(), 4s);
    if (status) co_return status->signal().value_or(0);
    process.kill(SIGKILL);
    co_await process.wait();
    co_return 0;
}

std::string name_of(int signal) {
    return signal == 0 ? "nothing: it was alive after 4 s" : "signal " + std::to_string(signal);
}

}  // namespace

TEST_CASE("a process that has to leave is ended though it is stopped or deaf", "[04][exercise]") {
    tests::run([]() -> asio::awaitable<void> {
        const int willing = co_await signal_that_ends("echo ready; exec sleep 1000", false, 1000s);
        if (willing != SIGTERM)
            FAIL("observed: a process that heeds SIGTERM was ended by " << name_of(willing));
        const int stopped =
            co_await signal_that_ends("echo ready; kill -STOP $$; exec sleep 1000", true, 1000s);
        if (stopped != SIGTERM)
            FAIL("observed: a process that is stopped, and would heed SIGTERM, was ended by "
                 << name_of(stopped));
        const int deaf =
            co_await signal_that_ends("trap '' TERM; echo ready; exec sleep 1000", false, 50ms);
        if (deaf != SIGKILL)
            FAIL("observed: a process that ignores SIGTERM was ended by " << name_of(deaf));
    });
}
