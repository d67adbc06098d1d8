// Asking a process to leave, then insisting.
#include "04-auto-restart/kill_ladder.hpp"

#include "01-spawn-exec/spawn.hpp"
#include "support/timeout.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;
using cluster::kill_ladder;
using namespace std::chrono_literals;

namespace {

using steady = std::chrono::steady_clock;

// How a program ends on the ladder, after it has said that it is ready; and how long that took.
struct fall {
    exit_status status = exit_status::exited(0);
    steady::duration time{};
};

fall climb(const std::string& program, const std::vector<std::string>& arguments,
           std::chrono::milliseconds term_limit, const std::function<void(kill_ladder&)>& begin) {
    fall result;
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child process = spawn(executor, program, arguments);
        co_await tests::read_line(process.out());
        kill_ladder ladder(executor, process, term_limit);
        const auto start = steady::now();
        begin(ladder);
        result.status = co_await process.wait();
        result.time = steady::now() - start;
    });
    return result;
}

fall climb_obedient(const std::function<void(kill_ladder&)>& begin) {
    return climb("sh", {"-c", "echo ready; exec sleep 1000"}, 1000s, begin);
}

fall climb_deaf(std::chrono::milliseconds term_limit,
                const std::function<void(kill_ladder&)>& begin) {
    return climb("sh", {"-c", "trap '' TERM; echo ready; exec sleep 1000"}, term_limit, begin);
}

}  // namespace

TEST_CASE("who does not leave in time gets SIGTERM", "[04][kill_ladder]") {
    const fall end = climb_obedient([](kill_ladder& ladder) { ladder.leave_within(50ms); });
    CHECK(end.status.signal() == SIGTERM);
    CHECK(end.time >= 50ms);
}

TEST_CASE("who does not heed SIGTERM gets SIGKILL", "[04][kill_ladder]") {
    const fall end = climb_deaf(50ms, [](kill_ladder& ladder) { ladder.leave_within(50ms); });
    CHECK(end.status.signal() == SIGKILL);
    CHECK(end.time >= 100ms);
}

TEST_CASE("a stopped process hears SIGTERM, since it is continued", "[04][kill_ladder]") {
    const fall end = climb("sh", {"-c", "echo ready; kill -STOP $$; exec sleep 1000"}, 1000s,
                           [](kill_ladder& ladder) { ladder.leave_within(50ms); });
    CHECK(end.status.signal() == SIGTERM);
}

TEST_CASE("of two limits the earlier one counts", "[04][kill_ladder]") {
    const bool earlier_first = GENERATE(true, false);
    const fall end = climb_obedient([&](kill_ladder& ladder) {
        ladder.leave_within(earlier_first ? 50ms : 1000s);
        ladder.leave_within(earlier_first ? 1000s : 50ms);
    });
    CHECK(end.status.signal() == SIGTERM);
}

TEST_CASE("SIGKILL is not delayed by a request to leave", "[04][kill_ladder]") {
    const bool kill_first = GENERATE(true, false);
    const fall end = climb_obedient([&](kill_ladder& ladder) {
        if (kill_first) ladder.kill_within(100ms);
        ladder.leave_within(0ms);
        if (!kill_first) ladder.kill_within(100ms);
    });
    CHECK(end.status.signal() == SIGKILL);
    CHECK(end.time >= 100ms);
}

TEST_CASE("a ladder that is gone ends nobody", "[04][kill_ladder]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child process = spawn(executor, "cat");
        { kill_ladder(executor, process, 0ms).leave_within(0ms); }
        co_await support::pause(20ms);
        process.in().end();
        const exit_status status = co_await process.wait();
        CHECK(status.code() == 0);
    });
}
