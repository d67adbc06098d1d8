// handle_rate: how fast sockets go from a parent to its child. One operation is a TCP connection
// that the child has received, looked at and closed. --peer says to whom and how:
//
//   own      itself, over a connection lane, on which our cluster hands connections to our workers:
//            up to 64 in one message
//   channel  itself, over a handle_channel, one connection a message as Node does it
//   node     the same towards Node, bench/node/handle_child.js
//
// The connections are made beforehand, 500 at a time, and only the passing is measured. Over a
// channel each goes once, as in the twin, bench/node/handle_rate.js. A lane's sender keeps its
// copies, and so offers the same 500 again and again.
#include <stdexcept>

#include "02-fork-ipc/fork.hpp"
#include "03-handle-passing/handle_channel.hpp"
#include "05-round-robin/lane_receiver.hpp"
#include "05-round-robin/lane_sender.hpp"
#include "bench/programs/loopback_connections.hpp"
#include "bench/programs/measurement.hpp"
#include "support/async_condition.hpp"
#include "support/flags.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"

using namespace child_process;
using bench::expect;

namespace {

struct settings {
    std::string peer = "own";
    std::string script = "bench/node/handle_child.js";
    int seconds = 2;
};

constexpr double warm_up = 0.3;  // seconds

// The parent asks with `true` how many have come since it last asked, and what that has cost.
asio::awaitable<json> ask(handle_channel& child) {
    const json question = true;
    co_await child.send(question);
    const auto answer = co_await child.receive();
    expect(answer && answer->message.is_object(), "the child has given up");
    co_return answer->message;
}

// Each handle waits for the answer to the one before, so a queue of some keeps the channel busy.
asio::awaitable<void> pass_all(handle_channel& child, std::vector<support::unique_fd>& sockets) {
    constexpr std::size_t queued = 32;
    const json message = "connection";
    for (std::size_t n = 0; n < sockets.size(); ++n) {
        handle passed(std::move(sockets[n]), handle_kind::socket);
        if ((n + 1) % queued != 0 && n + 1 < sockets.size()) {
            child.post(message, std::move(passed));
            continue;
        }
        const delivery last = co_await child.send(message, std::move(passed));
        expect(last == delivery::arrived, "a connection has not arrived");
    }
}

// Our end of a lane, for as many offers as the child answers.
class lane {
  public:
    lane(const asio::any_io_executor& executor, support::unique_fd end)
        : changed_(executor),
          sender_(
              executor, std::move(end),
              [this](std::span<const cluster::lane_report> reports) { take(reports); },
              [this](std::error_code) { changed_.notify_all(); }) {}

    /// Offers them all, `rounds` times.
    asio::awaitable<void> pass(const std::vector<int>& fds, int rounds) {
        // Fewer than a process may have under way in all: a thousand, usually.
        constexpr std::size_t most_under_way = 8 * cluster::lane_batch;
        std::span<const int> rest = fds;
        while (rounds > 0 || under_way_ > 0) {
            while (rounds > 0 && under_way_ < most_under_way) {
                const auto offer = sender_.send(0, rest);
                if (offer.error && under_way_ > 0) break;  // answers make room
                if (offer.error) support::throw_error(offer.error, "offer");
                under_way_ += offer.taken;
                rest = rest.subspan(offer.taken);
                if (rest.empty()) rest = fds;
                if (rest.size() == fds.size()) --rounds;
            }
            const std::size_t before = under_way_;
            sender_.wake_at_answer();
            if (under_way_ > 0 && under_way_ == before) co_await changed_.wait();
            expect(sender_.is_open(), "the child has gone");
        }
    }

  private:
    void take(std::span<const cluster::lane_report> reports) {
        for (const auto& report : reports) {
            under_way_ -= report.offered;
            expect(report.taken == report.offered, "the child has refused a connection");
        }
        changed_.notify_all();
    }

    std::size_t under_way_ = 0;
    support::async_condition changed_;
    cluster::lane_sender sender_;
};

// The sum of what was measured.
struct total {
    std::uint64_t count = 0;
    double seconds = 0;
    std::int64_t cpu_us = 0;

    /// Measures while so many connections are passed.
    asio::awaitable<void> add(handle_channel& child, std::uint64_t passed,
                              asio::awaitable<void> passing) {
        co_await ask(child);
        const bench::stopwatch watch;
        co_await std::move(passing);
        const json told = co_await ask(child);
        count += passed;
        seconds += watch.seconds();
        cpu_us += watch.cpu_us() + told["cpu_us"].get<std::int64_t>();
        expect(told["count"] == passed, "the child has not received every connection");
    }
};

asio::awaitable<total> measure_channel(handle_channel& child, double seconds) {
    total result;
    while (result.seconds < seconds) {
        bench::loopback_connections fresh;
        co_await result.add(child, fresh.count, pass_all(child, fresh.ours));
    }
    co_return result;
}

asio::awaitable<total> measure_lane(handle_channel& child, double seconds) {
    constexpr int rounds = 200;
    const bench::loopback_connections held;
    std::vector<int> fds;
    for (const auto& each : held.ours) fds.push_back(each.get());
    support::socket_pair pair = support::make_socket_pair();
    lane to_child(co_await asio::this_coro::executor, std::move(pair.first));
    const json message = "lane";
    co_await child.send(message, handle(std::move(pair.second)));
    total result;
    while (result.seconds < seconds) {
        co_await result.add(child, rounds * held.count, to_child.pass(fds, rounds));
    }
    co_return result;
}

asio::awaitable<total> measure(const settings& given, handle_channel& child, double seconds) {
    if (given.peer == "own") co_return co_await measure_lane(child, seconds);
    co_return co_await measure_channel(child, seconds);
}

asio::awaitable<int> lead(settings given) {
    const auto executor = co_await asio::this_coro::executor;
    const bool node = given.peer == "node";
    std::vector<std::string> arguments;
    if (node) arguments = {given.script};
    forked started =
        fork(executor, node ? "node" : support::sibling_program("handle_rate"), arguments);
    handle_channel child(executor, std::move(started.channel_end));
    co_await measure(given, child, warm_up);
    const total sum = co_await measure(given, child, given.seconds);
    co_await child.disconnect();
    expect((co_await started.process.wait()).success(), "the child has failed");
    bench::print({{"operations", sum.count}, {"seconds", sum.seconds}, {"cpu_us", sum.cpu_us}});
    co_return 0;
}

// Our child: counts the connections and closes them, whichever way they come.
class follower {
  public:
    asio::awaitable<int> run(support::unique_fd end) {
        const auto executor = co_await asio::this_coro::executor;
        handle_channel parent(executor, std::move(end));
        while (auto arrived = co_await parent.receive()) {
            if (arrived->message.is_boolean()) {
                const json answer = {{"count", count_}, {"cpu_us", watch_.cpu_us()}};
                co_await parent.send(answer);
                count_ = 0;
                watch_ = {};
            } else if (arrived->message == "lane" && arrived->passed) {
                open_lane(executor, std::move(*arrived->passed).release());
            } else {
                expect(arrived->passed && arrived->passed->kind() == handle_kind::socket,
                       "no connection has come with the message");
                ++count_;
            }
        }
        co_return 0;
    }

  private:
    void open_lane(const asio::any_io_executor& executor, support::unique_fd end) {
        const auto take_all = [](const cluster::lane_offer& offer) {
            return cluster::lane_answer{true, offer.arrived};
        };
        const auto count = [this](std::uint32_t, std::span<support::unique_fd> connections) {
            for (const auto& each : connections) count_ += support::local_port(each.get()) > 0;
        };
        lane_.emplace(executor, std::move(end),
                      cluster::lane_receiver::handlers{take_all, count, [](std::error_code) {}});
    }

    std::uint64_t count_ = 0;
    bench::stopwatch watch_;
    std::optional<cluster::lane_receiver> lane_;
};

asio::awaitable<int> follow(support::unique_fd end) {
    follower self;
    co_return co_await self.run(std::move(end));
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("handle_rate", "How fast sockets go from a parent to its child.");
    flags.add("peer", given.peer, "own, channel or node");
    flags.add("script", given.script, "what the peer node runs");
    flags.add("seconds", given.seconds, "how long to measure");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.peer != "own" && given.peer != "channel" && given.peer != "node") {
        return flags.wrong("--peer is own, channel or node");
    }
    if (given.seconds < 1) return flags.wrong("at least 1 second");
    return support::run_program([&] {
        auto end = inherited_channel();
        return end ? follow(std::move(*end)) : lead(given);
    });
}
