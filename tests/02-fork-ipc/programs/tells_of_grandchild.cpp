// tells_of_grandchild: tells its parent what a program that it starts finds: the environment and
// the open descriptors.
#include <nlohmann/json.hpp>

#include "01-spawn-exec/exec.hpp"
#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/fork.hpp"

int main() {
    return support::run_program([]() -> asio::awaitable<int> {
        child_process::channel parent(co_await asio::this_coro::executor,
                                      child_process::inherited_channel().value());
        const child_process::exec_options options;
        const auto environment = co_await child_process::exec("env", options);
        const auto descriptors = co_await child_process::exec("ls -l /proc/self/fd", options);
        const child_process::json found = {{"environment", environment.out},
                                           {"descriptors", descriptors.out}};
        const bool sent = co_await parent.send(found);
        co_await parent.disconnect();
        co_return sent ? 0 : 1;
    });
}
