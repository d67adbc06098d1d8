// What a worker says on its standard error: passed on, and remembered.
#include "04-auto-restart/error_tail.hpp"

#include <fcntl.h>

#include "01-spawn-exec/spawn.hpp"
#include "support/syscall.hpp"
#include "support/timeout.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/helpers.hpp"
#include "tests/text.hpp"

using namespace child_process;
using namespace cluster;

namespace {

child shell(const asio::any_io_executor& executor, const std::string& command) {
    spawn_options options;
    options.shell = true;
    options.descriptors = {stdio::ignore(), stdio::inherit(), stdio::pipe()};
    return spawn(executor, command, {}, options);
}

// What is kept of what a shell command writes, passed on to `to`.
std::string tail_of(const std::string& command, int to) {
    std::string tail;
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child process = shell(executor, command);
        error_tail errors(executor, process.err(), to);
        co_await errors.relay();
        co_await process.wait();
        tail = errors.tail();
    });
    return tail;
}

std::string kept(std::string_view text, std::size_t piece) {
    text_tail tail;
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
        tail.add(text.substr(0, piece));
    }
    return tail.text();
}

}  // namespace

TEST_CASE("a text up to 8 KiB is kept whole", "[04][error_tail]") {
    CHECK(text_tail().text().empty());
    CHECK(kept("one\ntwo", 100) == "one\ntwo");
    const std::string most(text_tail::limit, 'x');
    CHECK(kept(most, most.size()) == most);
}

TEST_CASE("of a longer text the last lines are kept, whole", "[04][error_tail]") {
    const std::string first = "first\n";
    std::string rest(text_tail::limit - 3, 'x');
    rest += '\n';
    const std::string text = first + rest;  // the limit falls into the first line
    for (const std::size_t piece : {text.size(), std::size_t{1}, std::size_t{1000}}) {
        CHECK(kept(text, piece) == rest);
    }
}

TEST_CASE("when the limit falls between two lines nothing more is cut", "[04][error_tail]") {
    const std::string rest = "second\n" + std::string(text_tail::limit - 7, 'x');
    CHECK(kept("first\n" + rest, 5) == rest);
}

TEST_CASE("of one line that is longer than 8 KiB the end is kept", "[04][error_tail]") {
    const std::string line(3 * text_tail::limit, 'x');
    CHECK(kept(line, 1000) == line.substr(0, text_tail::limit));
    CHECK(kept(line + "\n", 1000) == line.substr(1, text_tail::limit - 1) + "\n");
}

TEST_CASE("what a child writes to its standard error is passed on and kept", "[04][error_tail]") {
    const support::pipe_ends ours = support::make_pipe();
    CHECK(tail_of("echo one >&2; echo two >&2", ours.write.get()) == "one\ntwo\n");
    std::string said(100, '\0');
    said.resize(static_cast<std::size_t>(::read(ours.read.get(), said.data(), said.size())));
    CHECK(said == "one\ntwo\n");
}

TEST_CASE("a file takes all that a child says, at its end", "[04][error_tail]") {
    const tests::temporary_folder folder;
    const std::string name = folder.file("log");
    const support::unique_fd file(::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    CHECK(::write(file.get(), "before ", 7) == 7);
    const std::string tail = tail_of("yes line | head -n 100000 >&2", file.get());
    CHECK(tail.size() <= text_tail::limit);
    CHECK(tail.rfind("line\nline\n", 0) == 0);
    const std::string written = tests::content_of(name);
    CHECK(written.size() == 7 + 500'000);
    CHECK(written.rfind("before line\n", 0) == 0);
}

TEST_CASE("without a standard error, or with /dev/null or a full disk for it, the end is kept",
          "[04][error_tail]") {
    const support::unique_fd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    const support::unique_fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    for (const int fd : {-1, 999, null.get(), full.get()}) {
        CHECK(tail_of("echo why >&2", fd) == "why\n");
    }
}

TEST_CASE("a standard error that nobody reads any more neither kills us nor costs the end",
          "[04][error_tail]") {
    support::pipe_ends ours = support::make_pipe();
    ours.read.reset();
    CHECK(tail_of("echo why >&2", ours.write.get()) == "why\n");
}

TEST_CASE("the end is known while the child still runs", "[04][error_tail]") {
    tests::run([]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        const auto executor = co_await asio::this_coro::executor;
        support::pipe_ends ours = support::make_pipe();
        child process = shell(executor, "echo early >&2; exec sleep 1000");
        error_tail errors(executor, process.err(), ours.write.get());
        pipe_reader reader(executor, std::move(ours.read));
        const auto look = [&]() -> asio::awaitable<void> {
            const std::string said = co_await tests::read_line(reader);
            CHECK(said == "early");
            CHECK(errors.tail() == "early\n");
            process.kill(SIGKILL);
        };
        co_await (errors.relay() && look());
        co_await process.wait();
    });
}

TEST_CASE("while nobody reads our standard error the child waits, and we do not",
          "[04][error_tail]") {
    tests::run([]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        const auto executor = co_await asio::this_coro::executor;
        support::pipe_ends ours = support::make_pipe();
        child process = shell(executor, "exec " + tests::program("floods_stderr") + " 1000000 >&2");
        error_tail errors(executor, process.err(), ours.write.get());
        pipe_reader reader(executor, std::move(ours.read));
        const auto read_late = [&]() -> asio::awaitable<void> {
            const auto ended =
                co_await support::with_timeout(process.wait(), std::chrono::milliseconds(20));
            CHECK_FALSE(ended.has_value());
            std::size_t count = 0;
            while (count < 1'000'005) {
                const auto chunk = co_await reader.read();
                count += chunk->size();
            }
            CHECK(count == 1'000'005);
        };
        co_await (errors.relay() && read_late());
        co_await process.wait();
        CHECK(errors.tail() == std::string(text_tail::limit - 5, 'e') + "done\n");
    });
}
