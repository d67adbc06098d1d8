// What a worker's end leaves behind: its own children, and words that nobody takes.
#include <fcntl.h>
#include <sys/stat.h>

#include "support/syscall.hpp"
#include "tests/04-auto-restart/primary_program.hpp"

using namespace tests;

namespace {

using words = primary_program::words;

// A primary whose first workers are a shell that does this, and the others restart_worker.
words shell_workers(const std::string& count, const std::string& first, const std::string& script) {
    const std::string worker = stage_program("04-auto-restart", "restart_worker");
    return {"--workers",
            count,
            "--first-delay",
            "0",
            "--program",
            "sh",
            "--",
            "-c",
            "if [ $NODE_UNIQUE_ID -le " + first + " ]; then " + script +
                "; else exec \"$0\" --port 0; fi",
            worker};
}

}  // namespace

TEST_CASE("a worker's grandchild that holds its output does not hurt the primary",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        // The sleep outlives its worker with the worker's descriptors.
        primary_program primary(executor, shell_workers("1", "2", "sleep 1000 & exit 1"));
        co_await primary.until_listening(1);
        CHECK(primary.listened().at(0) == 3);
        CHECK(primary.exit_of(1).starts_with("code 1"));
        primary.signal_group(SIGTERM);  // the sleepers, too
        const auto status = co_await primary.end();
        CHECK(status.code() == 0);
        CHECK(primary.errors().find("error:") == std::string::npos);
    });
}

TEST_CASE("a worker that ends while nobody reads our standard error does not hurt the primary",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const temporary_folder folder;
        const std::string fifo = folder.file("errors");
        support::check("mkfifo", ::mkfifo(fifo.c_str(), 0600));
        const support::unique_fd unread(
            support::check("open", ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)));
        words line{"-c",     "exec \"$@\" 2>" + fifo,
                   "sh",     stage_program("04-auto-restart", "restart_primary"),
                   "--port", "0"};
        const words flags = shell_workers("1", "2", "head -c 120000 /dev/zero >&2 & exit 1");
        line.insert(line.end(), flags.begin(), flags.end());
        primary_program primary(executor, "sh", line);
        co_await primary.until_listening(1);
        CHECK(primary.exit_of(2).starts_with("code 1"));
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
    });
}
