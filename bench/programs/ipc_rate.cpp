// ipc_rate: how fast a parent and its child exchange messages. It forks itself as the child.
//
//   one-way    messages of 100 bytes to the child, as many as it takes; one operation is one
//              message that the child has received
//   ping-pong  a small message forth and back, one at a time; one operation is a round trip. On one
//              core (taskset -c 0), since on two it measures how long a core takes to wake up
//   strings    a text of --bytes letters forth and back, one at a time; one operation is a round
//              trip
//
// The child checks every message of one-way, the parent every echo. The twin is
// bench/node/ipc_rate.js.
#include <array>
#include <stdexcept>

#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/fork.hpp"
#include "bench/programs/measurement.hpp"
#include "support/flags.hpp"

using namespace child_process;
using bench::expect;

namespace {

struct settings {
    std::string mode = "one-way";
    int bytes = 65536;
    int seconds = 2;
};

struct trips {
    std::uint64_t count = 0;
    std::vector<double> latencies_us;
};

constexpr std::chrono::milliseconds warm_up{300};
constexpr std::size_t text_size = 76;
constexpr std::uint64_t first_number = 1'000'000;  // seven digits: 100 bytes with the newline

// The parent asks with `true` how much has come since it last asked, and what that has cost.
asio::awaitable<json> ask(channel& child) {
    const json question = true;
    co_await child.send(question);
    const auto answer = co_await child.receive();
    expect(answer && answer->is_object(), "the child has given up");
    co_return *answer;
}

asio::awaitable<trips> one_way(channel& child, bench::steady::time_point end) {
    trips result;
    json message = {{"n", 0}, {"text", std::string(text_size, 'x')}};
    json& number = message["n"];
    // A look at the clock every so often: it costs a good part of what a message costs.
    while (result.count % 64 != 0 || bench::steady::now() < end) {
        number = first_number + result.count++;
        if (!child.post(message)) {  // enough is queued: the next one waits until it is written
            number = first_number + result.count++;
            expect(co_await child.send(message), "the child has gone");
        }
    }
    co_return result;
}

// One message forth and back; the answer must be its likeness.
asio::awaitable<void> round_trip(channel& child, const json& message, trips& result) {
    const auto begin = bench::steady::now();
    co_await child.send(message);
    const auto echo = co_await child.receive();
    const std::chrono::duration<double, std::micro> passed = bench::steady::now() - begin;
    expect(echo && *echo == message, "the echo is not what was sent");
    result.latencies_us.push_back(passed.count());
    ++result.count;
}

asio::awaitable<trips> ping_pong(channel& child, bench::steady::time_point end) {
    trips result;
    json message = {{"n", 0}};
    while (bench::steady::now() < end) {
        message["n"] = result.count;
        co_await round_trip(child, message, result);
    }
    co_return result;
}

asio::awaitable<trips> strings(channel& child, std::size_t bytes, bench::steady::time_point end) {
    trips result;
    const std::array<json, 2> texts = {std::string(bytes, 'a'), std::string(bytes, 'b')};
    while (bench::steady::now() < end) {
        co_await round_trip(child, texts[result.count % texts.size()], result);
    }
    co_return result;
}

asio::awaitable<trips> exchange(const settings& given, channel& child,
                                bench::steady::duration length) {
    const auto end = bench::steady::now() + length;
    if (given.mode == "one-way") co_return co_await one_way(child, end);
    if (given.mode == "ping-pong") co_return co_await ping_pong(child, end);
    co_return co_await strings(child, static_cast<std::size_t>(given.bytes), end);
}

asio::awaitable<int> lead(settings given) {
    const auto executor = co_await asio::this_coro::executor;
    forked started = fork(executor, support::sibling_program("ipc_rate"), {"--mode", given.mode});
    channel child(executor, std::move(started.channel_end));
    co_await exchange(given, child, warm_up);
    co_await ask(child);

    const bench::stopwatch watch;
    const trips done = co_await exchange(given, child, std::chrono::seconds(given.seconds));
    const json told = co_await ask(child);
    json result = {{"operations", done.count}, {"seconds", watch.seconds()}};
    result["cpu_us"] = watch.cpu_us() + told["cpu_us"].get<std::int64_t>();
    bench::add_latencies(result, done.latencies_us);

    expect(told["count"] == done.count, "the child has not received every message");
    co_await child.disconnect();
    expect((co_await started.process.wait()).success(), "the child has failed");
    bench::print(result);
    co_return 0;
}

void check_message(const json& message, std::uint64_t number) {
    expect(message["n"] == first_number + number, "a message is missing, or not in its order");
    const auto& text = message["text"].get_ref<const std::string&>();
    expect(text.size() == text_size && text.front() == 'x' && text.back() == 'x', "a wrong text");
}

asio::awaitable<int> follow(settings given, support::unique_fd end) {
    channel parent(co_await asio::this_coro::executor, std::move(end));
    const bool echoes = given.mode != "one-way";
    std::uint64_t count = 0;
    bench::stopwatch watch;
    while (const auto message = co_await parent.receive()) {
        if (message->is_boolean()) {
            const json answer = {{"count", count}, {"cpu_us", watch.cpu_us()}};
            co_await parent.send(answer);
            count = 0;
            watch = {};
        } else if (echoes) {
            ++count;
            co_await parent.send(*message);
        } else {
            check_message(*message, count++);
        }
    }
    co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("ipc_rate", "How fast a parent and its child exchange messages.");
    flags.add("mode", given.mode, "one-way, ping-pong or strings");
    flags.add("bytes", given.bytes, "how long the text of strings is");
    flags.add("seconds", given.seconds, "how long to measure");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.mode != "one-way" && given.mode != "ping-pong" && given.mode != "strings") {
        return flags.wrong("--mode is one-way, ping-pong or strings");
    }
    if (given.bytes < 1 || given.seconds < 1) return flags.wrong("at least 1 byte and 1 second");
    return support::run_program([&] {
        auto end = inherited_channel();
        return end ? follow(given, std::move(*end)) : lead(given);
    });
}
