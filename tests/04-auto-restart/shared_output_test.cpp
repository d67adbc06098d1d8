// An output that others share: never blocked by, never made non-blocking.
#include "04-auto-restart/shared_output.hpp"

#include <fcntl.h>
#include <termios.h>

#include <cstdlib>

#include "01-spawn-exec/pipes.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "tests/helpers.hpp"

using namespace asio::experimental::awaitable_operators;
using child_process::pipe_reader;
using cluster::shared_output;
using support::unique_fd;

namespace {

bool blocks(int fd) {
    return (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

// Writes until nothing more fits; how much that was.
std::size_t fill(int fd) {
    const std::string bytes(4096, 'f');
    std::size_t total = 0;
    support::set_nonblocking(fd);
    for (;;) {
        const auto count = ::write(fd, bytes.data(), bytes.size());
        if (count <= 0) break;
        total += static_cast<std::size_t>(count);
    }
    support::set_nonblocking(fd, false);
    return total;
}

asio::awaitable<std::string> read_bytes(pipe_reader& from, std::size_t count) {
    std::string text;
    while (text.size() < count) {
        const auto chunk = co_await from.read();
        if (!chunk) break;
        text += *chunk;
    }
    co_return text;
}

// Writes much more than fits into an output that is full, while the same loop reads it.
void write_when_full(unique_fd read_end, unique_fd write_end) {
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::size_t full = fill(write_end.get());
        CHECK(full > 0);
        std::string text;
        for (int n = 0; n < 100'000; ++n) text += std::to_string(n);
        shared_output output(executor, write_end.get());
        pipe_reader reader(executor, std::move(read_end));
        const auto read = [&]() -> asio::awaitable<std::string> {
            CHECK(blocks(write_end.get()));
            co_return co_await read_bytes(reader, full + text.size());
        };
        const auto [done, arrived] = co_await (output.write(text) && read());
        CHECK(done);
        CHECK(arrived.substr(0, full) == std::string(full, 'f'));
        CHECK(arrived.substr(full) == text);
        CHECK(blocks(write_end.get()));
    });
}

struct terminal {
    terminal() {
        support::check("grantpt", ::grantpt(master.get()));
        support::check("unlockpt", ::unlockpt(master.get()));
        slave.reset(
            support::check("open", ::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC)));
        termios plain{};
        ::tcgetattr(slave.get(), &plain);
        ::cfmakeraw(&plain);
        ::tcsetattr(slave.get(), TCSANOW, &plain);
    }
    unique_fd master{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    unique_fd slave;
};

}  // namespace

TEST_CASE("a full pipe makes the writer wait, not the process", "[04][shared_output]") {
    support::pipe_ends pipe = support::make_pipe();
    write_when_full(std::move(pipe.read), std::move(pipe.write));
}

TEST_CASE("a full socket makes the writer wait, not the process", "[04][shared_output]") {
    auto pair = support::make_socket_pair();
    support::set_nonblocking(pair.first.get(), false);
    write_when_full(std::move(pair.second), std::move(pair.first));
}

TEST_CASE("a terminal that is held makes the writer wait, not the process", "[04][shared_output]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        terminal screen;
        shared_output output(executor, screen.slave.get());
        pipe_reader reader(executor, std::move(screen.master));
        ::tcflow(screen.slave.get(), TCOOFF);  // Ctrl-S
        const auto release = [&]() -> asio::awaitable<std::string> {
            const auto early =
                co_await support::with_timeout(reader.read(), std::chrono::milliseconds(20));
            CHECK_FALSE(early.has_value());
            CHECK(blocks(screen.slave.get()));
            ::tcflow(screen.slave.get(), TCOON);  // Ctrl-Q
            co_return co_await read_bytes(reader, 4);
        };
        const auto [done, arrived] = co_await (output.write("text") && release());
        CHECK(done);
        CHECK(arrived == "text");
    });
}

TEST_CASE("an output that somebody else made non-blocking is waited for as well",
          "[04][shared_output]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        support::pipe_ends pipe = support::make_pipe();
        support::set_nonblocking(pipe.write.get());
        shared_output output(executor, pipe.write.get());
        pipe_reader reader(executor, std::move(pipe.read));
        const std::string text(500'000, 'x');
        const auto [done, arrived] = co_await (output.write(text) && read_bytes(reader, 500'000));
        CHECK(done);
        CHECK(arrived == text);
        CHECK_FALSE(blocks(pipe.write.get()));
    });
}

TEST_CASE("a write that waits can be cancelled, and the next one works", "[04][shared_output]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        support::pipe_ends pipe = support::make_pipe();
        const std::size_t full = fill(pipe.write.get());
        shared_output output(executor, pipe.write.get());
        const auto waited =
            co_await support::with_timeout(output.write("lost"), std::chrono::milliseconds(20));
        CHECK_FALSE(waited.has_value());
        pipe_reader reader(executor, std::move(pipe.read));
        co_await read_bytes(reader, full);
        const bool done = co_await output.write("next");
        CHECK(done);
        const std::string arrived = co_await read_bytes(reader, 4);
        CHECK(arrived == "next");
    });
}

TEST_CASE("a reader that goes away while we wait is an error, not our end", "[04][shared_output]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        support::pipe_ends pipe = support::make_pipe();
        fill(pipe.write.get());
        shared_output output(executor, pipe.write.get());
        const auto leave = [&]() -> asio::awaitable<void> {
            pipe.read.reset();
            co_return;
        };
        const bool done = co_await (output.write("text") && leave());
        CHECK_FALSE(done);
    });
}

TEST_CASE("an event loop destroyed while a write waits leaves nothing", "[04][shared_output]") {
    const support::pipe_ends pipe = support::make_pipe();
    fill(pipe.write.get());
    asio::io_context io(1);
    const auto write = [&]() -> asio::awaitable<void> {
        shared_output output(io.get_executor(), pipe.write.get());
        co_await output.write("text");
    };
    asio::co_spawn(io, write(), asio::detached);
    io.poll();
}

TEST_CASE("without descriptors a shared output fails typed", "[04][shared_output]") {
    asio::io_context io(1);
    for (int free = 1; free < 6; ++free) {
        const tests::few_descriptors limit(free);
        try {
            const shared_output output(io.get_executor(), 1);
        } catch (const std::system_error& error) {
            CHECK(error.code() == std::errc::too_many_files_open);
        }
    }
}
