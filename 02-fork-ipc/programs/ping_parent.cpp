// Forks a child, sends it a message, prints what it answers, and says goodbye.
#include <nlohmann/json.hpp>

#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/fork.hpp"
#include "support/flags.hpp"
#include "support/log.hpp"

namespace {

using namespace child_process;

asio::awaitable<int> talk(const std::string& program, const std::vector<std::string>& arguments) {
    const auto executor = co_await asio::this_coro::executor;
    forked child = fork(executor, program, arguments);
    channel to_child(executor, std::move(child.channel_end));
    const pid_t pid = child.process.pid();
    support::log() << "started child " << pid;

    const json greeting = {{"hello", "child"}};
    support::log() << "sends " << greeting;
    to_child.post(greeting);

    const auto answer = co_await to_child.receive();
    if (answer) {
        support::log() << "received " << *answer;
        support::log() << "disconnects";
        co_await to_child.disconnect();
    } else {
        support::log() << "child " << pid << " disconnected without an answer";
    }
    const exit_status status = co_await child.process.wait();
    support::log() << "child " << pid << " ended: " << status;
    co_return answer&& status.success() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    support::set_log_role("parent");
    std::string program;
    std::vector<std::string> arguments;
    support::flags flags(
        "ping_parent",
        "Forks a child, hands the arguments to it, and exchanges messages with it.\n"
        "Exit code: 0 the child answered and ended well, 1 it did not, 2 wrong "
        "flags.");
    flags.add("child", program, "the program to fork, ours or Node's; ping_child if not given");
    flags.rest(arguments, "[ARGUMENT...]");
    if (auto code = flags.parse(argc, argv)) return *code;
    if (program.empty()) program = support::sibling_program("ping_child");
    return support::run_program([&] { return talk(program, arguments); });
}
