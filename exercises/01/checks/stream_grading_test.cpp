// Grading: exec() feeds and reads a command at the same time, and ends it in time.
#include <csignal>
#include <optional>

#include "01-spawn-exec/exec.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "exercises/01/checks/observing.hpp"
#include "support/timeout.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

constexpr std::size_t flood = 200'000;  // more than a pipe holds, 65,536

// A command that has all the time it needs, and is ended if it stands still.
exec_result result_in_time(const std::string& command, const std::string& input = "") {
    exec_options options;
    options.input = input;
    options.timeout = grading::soon;
    exec_result result;
    tests::run([&]() -> asio::awaitable<void> {
        auto done = co_await support::with_timeout(exec(command, options), 2 * options.timeout);
        if (!done) FAIL("observed: exec of `" << command << "` did not end after its timeout");
        result = *done;
    });
    return result;
}

void judge_flood(const std::string& command, std::size_t of_out, std::size_t of_err) {
    const exec_result result = result_in_time(command);
    if (!result.timed_out && result.out.size() == of_out && result.err.size() == of_err) return;
    FAIL_CHECK("observed: `" << command << "` "
                             << (result.timed_out ? "stood still for 5 s" : "ended") << "; "
                             << result.out.size() << " of " << of_out
                             << " bytes of its standard output were read and " << result.err.size()
                             << " of " << of_err << " bytes of its standard error");
}

// How exec of a command goes that does not end by itself; empty if not even exec comes to an end.
std::optional<exec_result> result_if_ended(const std::string& command,
                                           const exec_options& options) {
    std::optional<exec_result> result;
    tests::run([&]() -> asio::awaitable<void> {
        result = co_await support::with_timeout(exec(command, options), grading::soon);
    });
    return result;
}

}  // namespace

TEST_CASE("grading: a flood on one output does not hold up the other", "[01]") {
    const grading::cleared_away later;
    judge_flood("head -c 200000 /dev/zero >&2; echo done", 5, flood);
    judge_flood("head -c 200000 /dev/zero; echo done >&2", flood, 5);
}

TEST_CASE("grading: the input is written while the outputs are read, and then ends", "[01]") {
    const grading::cleared_away later;
    const exec_result none = result_in_time("cat; echo the end was seen");
    if (none.timed_out) {
        FAIL(
            "observed: `cat` was given no input, and after 5 s it still waited for some: an empty "
            "input has an end, too");
    }
    const std::string input(300'000, 'i');
    const exec_result unread = result_in_time("true", input);
    if (!unread.success()) {
        FAIL_CHECK("observed: `true` reads nothing of its input, which is no failure; exec says \""
                   << unread.problem() << "\"");
    }
    const exec_result result = result_in_time("cat", input);
    if (!result.timed_out && result.out == input) return;
    if (result.out == input) {
        FAIL(
            "observed: all 300000 bytes came back from `cat`, and after 5 s it still waited for "
            "more input: the parent holds the write end of that pipe");
    }
    FAIL("observed: `cat` " << (result.timed_out ? "stood still for 5 s" : "ended") << "; "
                            << result.out.size() << " of 300000 bytes of input came back");
}

TEST_CASE("grading: the output ends when the program has", "[01]") {
    const grading::cleared_away later;
    const auto before = tests::open_descriptors();
    tests::run([&]() -> asio::awaitable<void> {
        spawn_options options;
        options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::ignore()};
        const std::vector<std::string> arguments{"the end"};
        child process = spawn(co_await asio::this_coro::executor, "echo", arguments, options);
        std::size_t bytes = 0;
        for (bool ended = false; !ended;) {
            const auto chunk = co_await support::with_timeout(process.out().read(), grading::soon);
            if (!chunk) {
                std::string holders;
                for (const auto& [fd, target] : grading::opened_since(before)) {
                    const bool writes = (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY;
                    if (writes && target.rfind("pipe:", 0) == 0) {
                        holders += ": this process holds the write end as descriptor " +
                                   std::to_string(fd);
                    }
                }
                FAIL("observed: after " << bytes << " bytes the output of `echo` does not end"
                                        << holders);
            }
            ended = !chunk->has_value();
            if (ended) break;
            if ((*chunk)->empty()) FAIL("observed: at the end read() gives a chunk of 0 bytes");
            bytes += (*chunk)->size();
        }
        if (bytes != 8) FAIL("observed: " << bytes << " of 8 bytes of output arrived");
    });
}

TEST_CASE("grading: a command that does not end by itself is ended in its time", "[01]") {
    const grading::cleared_away later;
    exec_options limited;
    limited.timeout = std::chrono::milliseconds(100);
    const auto silent = result_if_ended("exec >&- 2>&-; exec sleep 3600", limited);
    if (!silent) {
        FAIL_CHECK(
            "observed: a command closed its outputs and lived on; its timeout of 100 ms had no "
            "effect for 5 s");
    } else if (!silent->timed_out || silent->status.signal() != SIGTERM) {
        FAIL_CHECK("observed: a command closed its outputs and lived past its timeout; exec says \""
                   << silent->problem() << "\"");
    }
    exec_options little;
    little.max_buffer = 1000;
    little.kill_after = std::chrono::milliseconds(100);
    const auto cut =
        result_if_ended("trap '' TERM; head -c 2000 /dev/zero; exec sleep 3600", little);
    if (!cut) {
        FAIL_CHECK(
            "observed: a command said more than max_buffer and took no notice of SIGTERM; after "
            "5 s it had not got SIGKILL, which was to follow after 100 ms");
    } else if (!cut->out_cut || cut->status.signal() != SIGKILL) {
        FAIL_CHECK("observed: a command said more than max_buffer and took no notice of SIGTERM; "
                   << "exec says \"" << cut->problem() << "\"");
    }
}
