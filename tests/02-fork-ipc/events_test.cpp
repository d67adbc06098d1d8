// The three ends of a child: the channel's (Node's 'disconnect'), the process's ('exit') and its
// outputs' ('close'). They come from different sources, an end of file, a process and two pipes, so
// only part of their order is certain.
#include <algorithm>

#include "02-fork-ipc/fork.hpp"
#include "tests/02-fork-ipc/channels.hpp"
#include "tests/text.hpp"

using namespace child_process;
using namespace tests;

namespace {

struct watched {
    forked child;
    channel from;
    std::vector<std::string> events;

    watched(const asio::any_io_executor& executor, forked started)
        : child(std::move(started)), from(executor, std::move(child.channel_end)) {}

    [[nodiscard]] bool has(const std::string& event) const {
        return std::find(events.begin(), events.end(), event) != events.end();
    }
};

asio::awaitable<void> watch_channel(watched& all) {
    while (const auto message = co_await all.from.receive()) all.events.emplace_back("message");
    all.events.emplace_back("disconnect");
}

// As Node does it: 'exit' when the process has been reaped, 'close' when its outputs have ended
// too.
asio::awaitable<void> watch_process(watched& all) {
    const exit_status status = co_await all.child.process.wait();
    all.events.push_back("exit " + tests::printed(status));
    co_await all.child.process.wait_closed();
    all.events.emplace_back("close");
}

spawn_options with_pipes() {
    spawn_options options;
    options.descriptors = {stdio::pipe(), stdio::pipe(), stdio::pipe()};
    return options;
}

std::unique_ptr<watched> start(const asio::any_io_executor& executor, const std::string& name,
                               const std::vector<std::string>& arguments = {}) {
    auto all = std::make_unique<watched>(
        executor, fork(executor, tests::program(name), arguments, with_pipes()));
    asio::co_spawn(executor, watch_channel(*all), asio::detached);
    asio::co_spawn(executor, watch_process(*all), asio::detached);
    return all;
}

}  // namespace

TEST_CASE("a child that ends: its messages, then disconnect, exit and close, each once",
          "[02][fork][events]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto all = start(executor, "sends_and_leaves", {"10", "3"});
        co_await until([&] { return all->events.size() >= 4; });
        co_await settle();
        CHECK(all->events.size() == 4);
        const auto place = [&](const std::string& event) {
            return std::find(all->events.begin(), all->events.end(), event) - all->events.begin();
        };
        CHECK(place("message") < place("disconnect"));
        CHECK(place("exit code 3") < place("close"));
        CHECK(all->has("disconnect"));
        CHECK(all->has("close"));
    });
}

TEST_CASE("a child that disconnects lives on: disconnect alone, and exit when it ends",
          "[02][fork][events]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto all = start(executor, "leaves_and_stays");
        co_await until([&] { return all->has("disconnect"); });
        co_await settle();
        CHECK(all->events == std::vector<std::string>{"disconnect"});
        all->child.process.in().end();
        co_await until([&] { return all->has("close"); });
        CHECK(all->events == std::vector<std::string>{"disconnect", "exit code 0", "close"});
    });
}

TEST_CASE("a child whose parent disconnects sees the end and may exit by itself",
          "[02][fork][events]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto all = start(executor, "echoes_channel", {"9"});
        co_await all->from.disconnect();
        co_await until([&] { return all->has("close"); });
        CHECK(all->events == std::vector<std::string>{"disconnect", "exit code 9", "close"});
    });
}

TEST_CASE("a child that is killed disconnects and exits by its signal", "[02][fork][events]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const auto all = start(executor, "echoes_channel");
        all->child.process.kill(SIGKILL);
        co_await until([&] { return all->events.size() == 3; });
        CHECK(all->has("disconnect"));
        CHECK(all->has("exit signal SIGKILL"));
    });
}
