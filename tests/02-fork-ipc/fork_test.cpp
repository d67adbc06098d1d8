#include "02-fork-ipc/fork.hpp"

#include <poll.h>

#include <csignal>

#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/02-fork-ipc/channels.hpp"
#include "tests/leaks.hpp"

using namespace child_process;
using namespace tests;

namespace {

asio::awaitable<void> expect_orderly_end(channel& to, child& process) {
    co_await to.disconnect();
    const exit_status status = co_await process.wait();
    CHECK(status.success());
}

asio::awaitable<void> check_echo(int channel_fd) {
    const auto executor = co_await asio::this_coro::executor;
    forked echo =
        fork(executor, tests::program("echoes_channel"), {"5"}, spawn_options(), channel_fd);
    channel to(executor, std::move(echo.channel_end));
    to.post("hello");
    co_await expect(to, "hello");
    co_await to.disconnect();
    const exit_status status = co_await echo.process.wait();
    CHECK(status.code() == 5);
}

}  // namespace

TEST_CASE("a child gets messages and answers", "[02][fork]") {
    tests::run([]() -> asio::awaitable<void> { co_await check_echo(3); });
}

TEST_CASE("the channel may be at another descriptor than 3", "[02][fork]") {
    tests::run([]() -> asio::awaitable<void> {
        for (const int fd : {0, 4, 9}) co_await check_echo(fd);
    });
}

TEST_CASE("messages of 10 MB go to a child and back", "[02][fork]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked echo = fork(executor, tests::program("echoes_channel"));
        channel to(executor, std::move(echo.channel_end));
        const json large = std::string(ten_megabytes, 'x');
        to.post(large);
        const auto back = co_await to.receive();
        const bool same = back == large;
        CHECK(same);
        co_await expect_orderly_end(to, echo.process);
    });
}

TEST_CASE("messages sent before the child is up wait for it", "[02][fork]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked echo = fork(executor, tests::program("echoes_channel"));
        channel to(executor, std::move(echo.channel_end));
        for (int n = 0; n < 1000; ++n) to.post(n);
        for (int n = 0; n < 1000; ++n) co_await expect(to, n);
        co_await expect_orderly_end(to, echo.process);
    });
}

TEST_CASE("a program that the child starts sees neither the channel nor its variables",
          "[02][fork]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        spawn_options options;
        options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::ignore()};
        const std::vector<std::string> command = {"env; ls -l /proc/self/fd; true"};
        forked child =
            fork(executor, tests::program("takes_channel_and_becomes"), command, options);
        const std::string found = co_await read_all(child.process.out());
        CHECK(found.find("PATH=") != std::string::npos);
        CHECK(found.find("NODE_CHANNEL") == std::string::npos);
        CHECK(found.find("pipe:") != std::string::npos);
        CHECK(found.find("socket:") == std::string::npos);
        const exit_status status = co_await child.process.wait();
        CHECK(status.success());
    });
}

TEST_CASE("the child gets the environment that is asked for, and the channel's variables",
          "[02][fork]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        spawn_options options;
        options.env = environment{{"GREETING", "hello"}};
        options.descriptors = {stdio::ignore(), stdio::pipe()};
        forked child = fork(executor, "/usr/bin/env", {}, options, 4);
        const std::string out = co_await read_all(child.process.out());
        CHECK(out == "GREETING=hello\nNODE_CHANNEL_FD=4\nNODE_CHANNEL_SERIALIZATION_MODE=json\n");
    });
}

TEST_CASE("a descriptor that is taken or negative cannot be the channel", "[02][fork]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        spawn_options options;
        options.descriptors = {stdio::ignore(), stdio::ignore()};
        CHECK_THROWS_AS(fork(executor, "true", {}, options, 1), std::invalid_argument);
        CHECK_THROWS_AS(fork(executor, "true", {}, spawn_options(), -1), std::invalid_argument);
    });
}

TEST_CASE("a program that cannot be started leaves nothing behind", "[02][fork]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        try {
            static_cast<void>(fork(executor, "/no/such/program"));
            FAIL("started");
        } catch (const spawn_error& error) {
            CHECK(error.code() == std::errc::no_such_file_or_directory);
        }
    });
}

TEST_CASE("a parent out of descriptors is told so, at every point, and leaks none", "[02][fork]") {
    asio::io_context io(1);
    { const forked warm_up = fork(io.get_executor(), "true"); }
    // A first failure with descriptors to spare: the sanitizer opens a pipe when it meets a class.
    CHECK_THROWS_AS(fork(io.get_executor(), "/no/such/program"), spawn_error);
    const auto before = open_descriptors();
    int free = 0;
    for (bool started = false; !started; ++free) {
        REQUIRE(free < 50);
        try {
            const few_descriptors limit(free);
            const forked child = fork(io.get_executor(), "true");
            started = true;
        } catch (const std::system_error& error) {
            CHECK(error.code() == std::errc::too_many_files_open);
        }
        CHECK(open_descriptors() == before);
    }
    CHECK(free > 2);
}

TEST_CASE("a child that writes to a parent that is gone is told, not killed by SIGPIPE",
          "[02][fork]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked child = fork(executor, tests::program("writes_until_refused"));
        {
            channel from(executor, std::move(child.channel_end));
            co_await expect(from, "ready");
        }
        const exit_status status = co_await child.process.wait();
        CHECK(status == exit_status::exited(7));
    });
}

TEST_CASE("2 MB that a child sends before it leaves and exits arrive whole", "[02][fork]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked child = fork(executor, tests::program("sends_and_leaves"), {"2000000", "3"});
        channel from(executor, std::move(child.channel_end));
        const auto message = co_await from.receive();
        REQUIRE(message.has_value());
        CHECK(message->get<std::string>().size() == 2'000'000);
        co_await expect_end(from);
        const exit_status status = co_await child.process.wait();
        CHECK(status.code() == 3);
    });
}

TEST_CASE("a child that is killed in the middle of a message ends the channel with an error",
          "[02][fork]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked child = fork(executor, tests::program("sends_and_leaves"), {"2000000", "3"});
        // What the kernel holds is full and the child waits: it is in the middle of its message.
        pollfd readable{child.channel_end.get(), POLLIN, 0};
        REQUIRE(::poll(&readable, 1, -1) == 1);
        child.process.kill(SIGKILL);
        const exit_status status = co_await child.process.wait();
        CHECK(status.signal() == SIGKILL);
        channel from(executor, std::move(child.channel_end));
        co_await expect_error(from, channel_errc::truncated);
        co_await expect_end(from);
    });
}
