// writes_until_refused: says "ready", then sends until its parent is gone, and exits with 7.
#include <nlohmann/json.hpp>

#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/fork.hpp"

int main() {
    return support::run_program([]() -> asio::awaitable<int> {
        child_process::channel parent(co_await asio::this_coro::executor,
                                      child_process::inherited_channel().value());
        const child_process::json message = std::string(100'000, 'x');
        parent.post("ready");
        while (co_await parent.send(message)) {
        }
        co_return 7;
    });
}
