// 'exit' and 'close': the process has ended, and its outputs have.
#include "01-spawn-exec/spawn.hpp"
#include "support/timeout.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

// A shell that ends at once and leaves a `cat` behind. The cat holds the shell's standard output,
// and lives until the parent ends the pipe at descriptor 3.
child spawn_with_grandchild(const asio::any_io_executor& executor) {
    spawn_options options;
    options.shell = true;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::ignore(), stdio::input_pipe()};
    return spawn(executor, "cat <&3 & exit 5", {}, options);
}

}  // namespace

TEST_CASE("a grandchild that holds standard output delays wait_closed, not wait", "[01][close]") {
    tests::run([]() -> asio::awaitable<void> {
        child process = spawn_with_grandchild(co_await asio::this_coro::executor);
        const exit_status ended = co_await process.wait();
        CHECK(ended == exit_status::exited(5));

        // The pipe is still open: this cannot complete before the grandchild's end.
        const auto closed =
            co_await support::with_timeout(process.wait_closed(), std::chrono::milliseconds(100));
        CHECK_FALSE(closed.has_value());

        process.writer(3).end();
        const exit_status at_last = co_await process.wait_closed();
        CHECK(at_last == exit_status::exited(5));
    });
}

TEST_CASE("what a grandchild says after the child's end still arrives", "[01][close]") {
    tests::run([]() -> asio::awaitable<void> {
        child process = spawn_with_grandchild(co_await asio::this_coro::executor);
        co_await process.wait();
        co_await process.writer(3).write("the last words");
        process.writer(3).end();
        const std::string out = co_await tests::read_all(process.out());
        CHECK(out == "the last words");
        co_await process.wait_closed();
    });
}

TEST_CASE("outputs that end before the process do not complete wait_closed", "[01][close]") {
    tests::run([]() -> asio::awaitable<void> {
        spawn_options options;
        options.shell = true;
        child process = spawn(co_await asio::this_coro::executor,
                              "exec >&- 2>&-; read line; exit 9", {}, options);
        const std::string out = co_await tests::read_all(process.out());
        const std::string err = co_await tests::read_all(process.err());
        CHECK((out + err).empty());
        const auto early =
            co_await support::with_timeout(process.wait_closed(), std::chrono::milliseconds(100));
        CHECK_FALSE(early.has_value());
        process.in().end();
        const exit_status status = co_await process.wait_closed();
        CHECK(status == exit_status::exited(9));
    });
}

TEST_CASE("a child without pipes is closed when it has ended", "[01][close]") {
    tests::run([]() -> asio::awaitable<void> {
        spawn_options options;
        options.descriptors = {stdio::ignore(), stdio::ignore(), stdio::ignore()};
        child process = spawn(co_await asio::this_coro::executor, "true", {}, options);
        const exit_status status = co_await process.wait_closed();
        CHECK(status.success());
    });
}
