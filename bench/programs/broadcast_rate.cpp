// broadcast_rate: how often a primary can tell all its children something. It forks itself as
// --children children and sends a message of 100 bytes to all of them, again and again. One
// operation is a broadcast that every child has received; each checks what it gets.
#include <list>
#include <stdexcept>

#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/fork.hpp"
#include "bench/programs/measurement.hpp"
#include "support/flags.hpp"

using namespace child_process;
using bench::expect;

namespace {

constexpr std::chrono::milliseconds warm_up{300};
constexpr std::size_t text_size = 76;
constexpr std::uint64_t first_number = 1'000'000;  // seven digits: 100 bytes with the newline

struct member {
    member(const asio::any_io_executor& executor, forked started)
        : process(std::move(started.process)), to_child(executor, std::move(started.channel_end)) {}
    child process;
    channel to_child;
};

// Says to each of them, with `true`, that its answer is wanted: how many messages have come since
// the last one, and what that has cost.
asio::awaitable<std::int64_t> ask(std::list<member>& members, std::uint64_t expected) {
    std::int64_t cpu_us = 0;
    for (member& one : members) one.to_child.post(true);
    for (member& one : members) {
        const auto answer = co_await one.to_child.receive();
        expect(answer && answer->is_object(), "a child has given up");
        expect((*answer)["count"] == expected, "a child has not received every message");
        cpu_us += (*answer)["cpu_us"].get<std::int64_t>();
    }
    co_return cpu_us;
}

asio::awaitable<std::uint64_t> broadcast(std::list<member>& members,
                                         bench::steady::time_point end) {
    std::uint64_t count = 0;
    json message = {{"n", 0}, {"text", std::string(text_size, 'x')}};
    json& number = message["n"];
    while (bench::steady::now() < end) {
        number = first_number + count++;
        // send() waits for a child that is behind; the others have enough to read meanwhile.
        for (member& one : members) {
            expect(co_await one.to_child.send(message), "a child has gone");
        }
    }
    co_return count;
}

asio::awaitable<int> lead(int children, std::chrono::seconds length) {
    const auto executor = co_await asio::this_coro::executor;
    const std::string program = support::sibling_program("broadcast_rate");
    std::list<member> members;
    for (int n = 0; n < children; ++n) members.emplace_back(executor, fork(executor, program));
    const auto warmed = co_await broadcast(members, bench::steady::now() + warm_up);
    co_await ask(members, warmed);

    const bench::stopwatch watch;
    const auto count = co_await broadcast(members, bench::steady::now() + length);
    const std::int64_t theirs = co_await ask(members, count);
    json result = {{"operations", count}, {"seconds", watch.seconds()}, {"children", children}};
    result["cpu_us"] = watch.cpu_us() + theirs;

    for (member& one : members) {
        co_await one.to_child.disconnect();
        const exit_status status = co_await one.process.wait();
        expect(status.success(), "a child has failed");
    }
    bench::print(result);
    co_return 0;
}

asio::awaitable<int> follow(support::unique_fd end) {
    channel parent(co_await asio::this_coro::executor, std::move(end));
    std::uint64_t count = 0;
    bench::stopwatch watch;
    while (const auto message = co_await parent.receive()) {
        if (message->is_boolean()) {
            const json answer = {{"count", count}, {"cpu_us", watch.cpu_us()}};
            co_await parent.send(answer);
            count = 0;
            watch = {};
            continue;
        }
        expect((*message)["n"] == first_number + count++, "a message is missing");
        const auto& text = (*message)["text"].get_ref<const std::string&>();
        expect(text.size() == text_size && text.back() == 'x', "a wrong text");
    }
    co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
    int children = 8;
    int seconds = 2;
    support::flags flags("broadcast_rate",
                         "How often a primary can tell all its children something.");
    flags.add("children", children, "how many children");
    flags.add("seconds", seconds, "how long to measure");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (children < 1 || seconds < 1) return flags.wrong("at least 1 child and 1 second");
    return support::run_program([&] {
        auto end = inherited_channel();
        return end ? follow(std::move(*end)) : lead(children, std::chrono::seconds(seconds));
    });
}
