// floods_channel: sends small messages to its parent for as long as it can.
#include <nlohmann/json.hpp>

#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/fork.hpp"

int main() {
    return support::run_program([]() -> asio::awaitable<int> {
        child_process::channel parent(co_await asio::this_coro::executor,
                                      child_process::inherited_channel().value());
        const child_process::json message = 1;
        while (co_await parent.send(message)) {
        }
        co_return 0;
    });
}
