// Grading: what flows through the pipes of a child, and how it ends.
#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <cstdint>
#include <optional>

#include "01-spawn-exec/exec.hpp"
#include "01-spawn-exec/pipes.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "exercises/01/checks/observing.hpp"
#include "exercises/kit/faulty_calls.hpp"
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

// Everything that is in a pipe whose write ends are closed.
std::string content_of(const support::unique_fd& pipe) {
    std::string text;
    for (std::string part(65'536, '\0');;) {
        const auto count =
            support::retry([&] { return ::read(pipe.get(), part.data(), part.size()); });
        if (count <= 0) return text;
        text.append(part, 0, static_cast<std::size_t>(count));
    }
}

// Takes so many bytes out of a pipe, a hundred turns of the event loop from now.
asio::awaitable<void> make_room(int pipe, std::size_t bytes) {
    for (int turn = 0; turn < 100; ++turn) co_await asio::post(asio::use_awaitable);
    std::string taken(bytes, '\0');
    if (bytes > 0) support::check("read", ::read(pipe, taken.data(), taken.size()));
}

// What became of writing `data` to a pipe: "taken", "no reader", or what went wrong. `before` is
// read out of the pipe when the writer has had its turn.
std::string outcome_of_writing(const std::string& data, support::pipe_ends& pipe,
                               const std::string& before) {
    std::string outcome = "write() did not come to its end within 5 s";
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        pipe_writer writer(executor, std::move(pipe.write));
        asio::co_spawn(executor, make_room(pipe.read.get(), before.size()), support::rethrow);
        try {
            const auto taken = co_await support::with_timeout(writer.write(data), grading::soon);
            if (taken) outcome = *taken ? "taken" : "no reader";
        } catch (const std::exception& error) {
            outcome = std::string("write() threw \"") + error.what() + "\"";
        }
    });
    return outcome;
}

// Writes 10,000 bytes, `most` at once, to a pipe that holds `before` already.
void judge_write(const char* when, std::size_t most, const std::string& before) {
    const std::string data(10'000, 'd');
    support::pipe_ends pipe = support::make_pipe();
    if (!before.empty())
        support::check("write", ::write(pipe.write.get(), before.data(), before.size()));
    std::string outcome;
    {
        kit::faulty_calls calls;
        calls.shorten("write", most);
        outcome = outcome_of_writing(data, pipe, before);
    }
    const std::string rest = content_of(pipe.read);
    const auto arrived = std::count(rest.begin(), rest.end(), 'd');
    if (outcome == "taken" && rest == data) return;
    FAIL_CHECK("observed: " << when << ", " << arrived << " of " << data.size()
                            << " bytes arrived; outcome: " << outcome);
}

void judge_write_to_nobody() {
    support::pipe_ends pipe = support::make_pipe();
    pipe.read.reset();
    const std::string outcome = outcome_of_writing("nobody is there", pipe, "");
    if (outcome == "no reader") return;
    FAIL_CHECK(
        "observed: when nobody reads any more, write() has to return false; outcome: " << outcome);
}

asio::awaitable<void> pass(int turns) {
    for (int turn = 0; turn < turns; ++turn) co_await asio::post(asio::use_awaitable);
}

// What a coroutine came to, as a callback of co_spawn is told; empty if it failed, which is noted.
template <class Result>
std::optional<Result> result_of(const std::exception_ptr& failure, Result result,
                                std::string& outcome) {
    if (!failure) return result;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& thrown) {
        outcome = std::string("threw \"") + thrown.what() + "\"";
    }
    return std::nullopt;
}

void judge_close_while_reading() {
    support::pipe_ends pipe = support::make_pipe();
    asio::io_context io(1);
    pipe_reader reader(io.get_executor(), std::move(pipe.read));
    std::string outcome = "is still waiting after 5 s";
    asio::co_spawn(io, reader.read(), [&](const std::exception_ptr& error, auto chunk) {
        const auto got = result_of(error, std::move(chunk), outcome);
        if (got) outcome = *got ? "returned " + std::to_string((*got)->size()) + " bytes" : "";
    });
    io.poll();  // it waits for data, of which there is none
    reader.close();
    io.restart();
    io.run_for(grading::soon);
    if (outcome.empty()) return;
    FAIL_CHECK("observed: a read() waited when close() was called, and " << outcome
                                                                         << ", not the end");
}

void judge_end_while_writing() {
    support::pipe_ends pipe = support::make_pipe();
    asio::io_context io(1);
    pipe_writer writer(io.get_executor(), std::move(pipe.write));
    const std::string data(100'000, 'd');  // more than the pipe holds, and nobody reads
    std::string outcome = "is still waiting after 5 s";
    asio::co_spawn(io, writer.write(data), [&](const std::exception_ptr& error, bool taken) {
        const auto got = result_of(error, taken, outcome);
        if (got) outcome = *got ? "returned true" : "";
    });
    io.poll();
    writer.end();
    io.restart();
    io.run_for(grading::soon);
    if (outcome.empty()) return;
    FAIL_CHECK("observed: a write() waited for room when end() was called, and " << outcome
                                                                                 << ", not false");
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

TEST_CASE("grading: all bytes are written, however few the kernel takes at once", "[01]") {
    const grading::cleared_away later;
    judge_write("when write(2) takes 4000 bytes at most", 4000, "");
    judge_write("when the pipe is full at first", SIZE_MAX, std::string(65'536, 'f'));
    judge_write_to_nobody();
}

TEST_CASE("grading: a read ends when its reader goes, and leaves the next one's data", "[01]") {
    const grading::cleared_away later;
    support::pipe_ends old = support::make_pipe();
    support::pipe_ends next = support::make_pipe();
    support::check("write", ::write(next.write.get(), "next", 4));
    next.write.reset();
    asio::io_context io(1);
    std::optional<pipe_reader> reader;
    std::string ended = "is still waiting";
    reader.emplace(io.get_executor(), std::move(old.read));
    asio::co_spawn(io, reader->read(), [&](std::exception_ptr error, auto chunk) {
        ended = chunk ? "returned \"" + *chunk + "\"" : "";
        try {
            if (error) std::rethrow_exception(error);
        } catch (const std::exception& failure) {
            ended = std::string("threw \"") + failure.what() + "\"";
        }
    });
    io.poll();  // it waits for data, of which there is none
    // The place of the old reader is the next one's, as with a child that is started anew.
    reader.emplace(io.get_executor(), std::move(next.read));
    io.restart();
    io.run_for(grading::soon);
    if (!ended.empty()) {
        FAIL_CHECK("observed: read() of a reader that was destroyed " << ended << ", not the end");
    }
    std::string text = "(nothing)";
    asio::co_spawn(io, reader->read(), [&](const std::exception_ptr&, auto chunk) {
        text = chunk.value_or("(the end)");
    });
    io.restart();
    io.run_for(grading::soon);
    if (text != "next") {
        FAIL_CHECK("observed: the reader that came into its place read \"" << text
                                                                           << "\", not \"next\"");
    }
}

TEST_CASE("grading: a read that is given up leaves the data to the next one", "[01]") {
    using namespace asio::experimental::awaitable_operators;
    const grading::cleared_away later;
    const std::string all = "every byte";
    for (int turns = 0; turns < 6; ++turns) {
        support::pipe_ends pipe = support::make_pipe();
        support::check("write", ::write(pipe.write.get(), all.data(), all.size()));
        pipe.write.reset();
        std::string text;
        tests::run([&]() -> asio::awaitable<void> {
            pipe_reader reader(co_await asio::this_coro::executor, std::move(pipe.read));
            // As with a timeout that runs out in the moment in which the data come.
            auto first = co_await (pass(turns) || reader.read());
            std::optional<std::string> chunk;
            if (first.index() == 1) chunk = std::move(std::get<1>(first));
            if (first.index() == 0) chunk = co_await reader.read();
            for (; chunk && !chunk->empty(); chunk = co_await reader.read()) text += *chunk;
        });
        if (text == all) continue;
        FAIL("observed: the pipe held " << all.size() << " bytes; a read() was cancelled after "
                                        << turns << " turns of the event loop, and the next reads "
                                        << "got " << text.size() << " bytes and the end");
    }
}

TEST_CASE("grading: close() and end() end what waits in them", "[01]") {
    const grading::cleared_away later;
    judge_close_while_reading();
    judge_end_while_writing();
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
