// leaves_and_stays: disconnects, and lives on until its standard input ends.
#include <unistd.h>

#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/fork.hpp"

int main() {
    return support::run_program([]() -> asio::awaitable<int> {
        child_process::channel parent(co_await asio::this_coro::executor,
                                      child_process::inherited_channel().value());
        co_await parent.disconnect();
        char byte = 0;
        while (::read(STDIN_FILENO, &byte, 1) > 0) {
        }
        co_return 0;
    });
}
