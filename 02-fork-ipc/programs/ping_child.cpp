// Started by ping_parent: prints what the parent sends, and sends something after a while.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/fork.hpp"
#include "support/flags.hpp"
#include "support/log.hpp"

namespace {

using namespace child_process;

asio::awaitable<void> print_all(channel& parent) {
    while (const auto message = co_await parent.receive()) {
        support::log() << "received " << *message;
    }
    support::log() << "the parent disconnected";
}

asio::awaitable<void> send_after(std::chrono::milliseconds delay, channel& parent) {
    asio::steady_timer timer(co_await asio::this_coro::executor, delay);
    co_await timer.async_wait(asio::use_awaitable);
    if (!parent.connected()) co_return;
    const json greeting = {{"hello", "parent"}};
    support::log() << "sends " << greeting;
    parent.post(greeting);
}

asio::awaitable<int> talk(std::chrono::milliseconds delay) {
    using namespace asio::experimental::awaitable_operators;
    auto end = inherited_channel();
    if (!end) {
        throw std::runtime_error("there is no channel; let a parent start this: ping_parent");
    }
    channel parent(co_await asio::this_coro::executor, std::move(*end));
    co_await (print_all(parent) && send_after(delay, parent));  // both at the same time
    co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
    support::set_log_role("child");
    int delay = 1000;
    support::flags flags("ping_child",
                         "Prints what its parent sends, and sends something after a while.\n"
                         "Exit code: 0 the parent disconnected, 1 there is no channel or it broke, "
                         "2 wrong flags.");
    flags.add("delay", delay, "how long to wait before sending [milliseconds]");
    if (auto code = flags.parse(argc, argv)) return *code;
    return support::run_program([&] { return talk(std::chrono::milliseconds(delay)); });
}
