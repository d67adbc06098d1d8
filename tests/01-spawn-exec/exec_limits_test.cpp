// The limits of exec: time, size, and what happens to a command that exceeds them.
#include <csignal>

#include "01-spawn-exec/exec.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;
using namespace std::chrono_literals;

namespace {

using tests::result_of;

exec_options with_timeout(std::chrono::milliseconds timeout) {
    exec_options options;
    options.timeout = timeout;
    return options;
}

}  // namespace

TEST_CASE("a command that takes too long gets SIGTERM", "[01][limits][exec]") {
    const exec_result result = result_of("echo early; exec sleep 1000", with_timeout(200ms));
    CHECK(result.timed_out);
    CHECK(result.status == exit_status::killed(SIGTERM));
    CHECK(result.out == "early\n");  // what it had said is not lost
    CHECK_FALSE(result.success());
    CHECK(result.problem() ==
          "command failed: echo early; exec sleep 1000: timed out, signal SIGTERM");
}

TEST_CASE("the kill signal can be chosen", "[01][limits][exec]") {
    exec_options options = with_timeout(50ms);
    options.kill_signal = SIGINT;
    CHECK(result_of("exec sleep 1000", options).status == exit_status::killed(SIGINT));
    options.kill_signal = SIGKILL;
    CHECK(result_of("exec sleep 1000", options).status == exit_status::killed(SIGKILL));
}

TEST_CASE("a command that handles the signal ends in its own way, and still was late",
          "[01][limits][exec]") {
    const exec_result result = result_of(
        "trap 'exit 42' TERM; echo ready; while :; do sleep 0.01; done", with_timeout(300ms));
    CHECK(result.timed_out);
    CHECK(result.status == exit_status::exited(42));
}

TEST_CASE("a command that ignores the signal gets SIGKILL after kill_after", "[01][limits][exec]") {
    exec_options options = with_timeout(300ms);
    options.kill_after = 100ms;
    const exec_result result = result_of("exec " + tests::program("ignores_sigterm"), options);
    CHECK(result.timed_out);
    CHECK(result.out == "ready\n");
    CHECK(result.status == exit_status::killed(SIGKILL));
}

TEST_CASE("the timeout ends what the shell started, not only the shell", "[01][limits][exec]") {
    // The leak listener fails this test if the sleep stays behind.
    const exec_result result = result_of("sleep 1000; echo never", with_timeout(200ms));
    CHECK(result.timed_out);
    CHECK(result.out.empty());
}

TEST_CASE("SIGKILL reaches a grandchild that ignores the signal, though the shell is dead",
          "[01][limits][exec]") {
    exec_options options = with_timeout(300ms);
    options.kill_after = 100ms;
    const exec_result result =
        result_of(tests::program("ignores_sigterm") + "; echo never", options);
    CHECK(result.out == "ready\n");
    CHECK(result.status == exit_status::killed(SIGTERM));  // the shell's
}

TEST_CASE("a grandchild that holds an output delays exec until the timeout", "[01][limits][exec]") {
    const exec_result result = result_of("sleep 1000 & echo started", with_timeout(200ms));
    CHECK(result.out == "started\n");
    CHECK(result.timed_out);
}

TEST_CASE("a command in time is not touched by its timeout", "[01][limits][exec]") {
    const exec_result result = result_of("echo quick", with_timeout(10s));
    CHECK(result.success());
    CHECK_FALSE(result.timed_out);
}

TEST_CASE("an output longer than max_buffer is cut exactly there, and the command ended",
          "[01][limits][exec]") {
    exec_options options;
    options.max_buffer = 5;
    const exec_result result = result_of("yes", options);
    CHECK(result.out == "y\ny\ny");
    CHECK(result.out_cut);
    CHECK_FALSE(result.err_cut);
    CHECK(result.status.signal().has_value());
    CHECK_FALSE(result.success());
    CHECK(result.problem().find("standard output longer than max_buffer") != std::string::npos);
}

TEST_CASE("an output of exactly max_buffer is whole", "[01][limits][exec]") {
    exec_options options;
    options.max_buffer = 6;
    const exec_result result = result_of("echo 12345", options);
    CHECK(result.success());
    CHECK(result.out == "12345\n");
}

TEST_CASE("standard error has a max_buffer of its own", "[01][limits][exec]") {
    exec_options options;
    options.max_buffer = 1000;
    const exec_result result = result_of("echo out; exec yes >&2", options);
    CHECK(result.err.size() == 1000);
    CHECK(result.err_cut);
    CHECK_FALSE(result.out_cut);
    CHECK(result.out == "out\n");
}

TEST_CASE("the default max_buffer is one mebibyte", "[01][limits][exec]") {
    const exec_result result = result_of("head -c 1048577 /dev/zero", exec_options());
    CHECK(result.out.size() == 1024 * 1024);
    CHECK(result.out_cut);
}

TEST_CASE("too much output ends a command that never reads its input", "[01][limits][exec]") {
    exec_options options;
    options.max_buffer = 5;
    options.input = std::string(1024 * 1024, 'x');  // the writer waits for room
    const exec_result result = result_of("trap '' PIPE; echo 123456; exec sleep 1000", options);
    CHECK(result.out == "12345");
    CHECK(result.status == exit_status::killed(SIGTERM));
}
