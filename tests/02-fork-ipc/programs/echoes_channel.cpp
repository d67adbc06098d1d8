// echoes_channel [CODE]: sends every message back to its parent, and exits with CODE at the end.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/fork.hpp"

int main(int argc, char** argv) {
    return support::run_program([&]() -> asio::awaitable<int> {
        child_process::channel parent(co_await asio::this_coro::executor,
                                      child_process::inherited_channel().value());
        while (const auto message = co_await parent.receive()) {
            const bool sent = co_await parent.send(*message);
            if (!sent) co_return 1;
        }
        co_return argc > 1 ? std::atoi(argv[1]) : 0;
    });
}
