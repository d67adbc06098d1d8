// sends_and_leaves BYTES CODE: sends one text of that length, disconnects, exits with CODE.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/fork.hpp"

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    return support::run_program([&]() -> asio::awaitable<int> {
        child_process::channel parent(co_await asio::this_coro::executor,
                                      child_process::inherited_channel().value());
        parent.post(std::string(std::strtoul(argv[1], nullptr, 10), 'x'));
        co_await parent.disconnect();
        co_return std::atoi(argv[2]);
    });
}
