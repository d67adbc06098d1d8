// The pipes between parent and child: ends, brakes, and the deadlock that is not there.
#include <csignal>
#include <numeric>

#include "01-spawn-exec/exec.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

TEST_CASE("what is written to a child's input reaches it, and so does the end", "[01][streams]") {
    tests::run([]() -> asio::awaitable<void> {
        child cat = spawn(co_await asio::this_coro::executor, "cat");
        const bool first = co_await cat.in().write("hello ");
        const bool second = co_await cat.in().write("world");
        cat.in().end();
        const std::string out = co_await tests::read_all(cat.out());
        const exit_status status = co_await cat.wait();
        CHECK(first);
        CHECK(second);
        CHECK(out == "hello world");
        CHECK(status.success());
        const bool late = co_await cat.in().write("too late");
        CHECK_FALSE(late);
    });
}

TEST_CASE("writing to a child that reads no more is told, and kills nobody", "[01][streams]") {
    tests::run([]() -> asio::awaitable<void> {
        child process = spawn(co_await asio::this_coro::executor, "true");
        co_await process.wait();
        const bool taken = co_await process.in().write("nobody is there");
        CHECK_FALSE(taken);
    });
}

TEST_CASE("a child that ends while we wait to write wakes the writer", "[01][streams]") {
    tests::run([]() -> asio::awaitable<void> {
        // More than a pipe holds, to a child that reads one line of it.
        const std::string much(1024 * 1024, 'x');
        child process = spawn(co_await asio::this_coro::executor, tests::program("exits_with"));
        const bool taken = co_await process.in().write(much);
        CHECK_FALSE(taken);
    });
}

TEST_CASE("300 kB of input arrive whole at a slow reader", "[01][streams]") {
    tests::run([]() -> asio::awaitable<void> {
        exec_options options;
        for (int n = 0; n < 300'000; ++n) options.input += static_cast<char>(n % 251);
        const auto sum = std::accumulate(
            options.input.begin(), options.input.end(), std::size_t{0},
            [](std::size_t total, char c) { return total + static_cast<unsigned char>(c); });
        const exec_result result = co_await exec_file(tests::program("reads_slowly"), {}, options);
        CHECK(result.out == "300000 " + std::to_string(sum) + "\n");
    });
}

TEST_CASE("200 kB on standard error first do not block a parent that waits for both",
          "[01][streams]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::string command = tests::program("floods_stderr") + " 200000";
        const exec_result result = co_await exec(command);
        CHECK(result.out == "done\n");
        CHECK(result.err == std::string(200'000, 'e'));
    });
}

TEST_CASE("wait_closed lets a child finish whose outputs nobody reads", "[01][streams]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> much{"200000"};
        child process = spawn(executor, tests::program("floods_stderr"), much);
        const exit_status status = co_await process.wait_closed();
        CHECK(status.success());
    });
}

TEST_CASE("chunks come as they are written, not at the end", "[01][streams]") {
    tests::run([]() -> asio::awaitable<void> {
        spawn_options options;
        options.shell = true;
        child process = spawn(co_await asio::this_coro::executor,
                              "echo first; read line; echo $line", {}, options);
        const std::string first = co_await tests::read_line(process.out());
        CHECK(first == "first");
        co_await process.in().write("second\n");  // only now does the child go on
        const std::string rest = co_await tests::read_all(process.out());
        CHECK(rest == "second\n");
        co_await process.wait();
    });
}

TEST_CASE("closing an output ends a child that goes on writing", "[01][streams]") {
    tests::run([]() -> asio::awaitable<void> {
        child yes = spawn(co_await asio::this_coro::executor, "yes");
        const std::string line = co_await tests::read_line(yes.out());
        CHECK(line == "y");
        yes.out().close();
        const exit_status status = co_await yes.wait();
        CHECK(status == exit_status::killed(SIGPIPE));
        const auto after = co_await yes.out().read();
        CHECK_FALSE(after.has_value());
    });
}

TEST_CASE("a handler of our own for SIGPIPE stays", "[01][streams]") {
    struct sigaction before {};
    ::sigaction(SIGPIPE, nullptr, &before);
    std::signal(SIGPIPE, [](int) {});
    struct sigaction ours {};
    ::sigaction(SIGPIPE, nullptr, &ours);
    {
        asio::io_context io(1);
        child process = spawn(io.get_executor(), "true");
        struct sigaction now {};
        ::sigaction(SIGPIPE, nullptr, &now);
        CHECK(now.sa_handler == ours.sa_handler);
    }
    ::sigaction(SIGPIPE, &before, nullptr);
}
