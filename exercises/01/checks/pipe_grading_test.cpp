// Grading: single bytes through the pipes of a child: written, read, given up, closed.
#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <optional>

#include "01-spawn-exec/pipes.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "exercises/01/checks/observing.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "support/timeout.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

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

}  // namespace

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
