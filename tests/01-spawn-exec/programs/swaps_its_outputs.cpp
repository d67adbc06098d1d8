// swaps_its_outputs COMMAND: runs a shell command whose standard output is our standard error, and
// the other way round.
#include "01-spawn-exec/spawn.hpp"

using namespace child_process;

int main(int argc, char** argv) {
    return support::run_program([&]() -> asio::awaitable<int> {
        spawn_options options;
        options.shell = true;
        options.descriptors = {stdio::inherit(), stdio::descriptor(2), stdio::descriptor(1)};
        child process =
            spawn(co_await asio::this_coro::executor, argc > 1 ? argv[1] : ":", {}, options);
        co_return (co_await process.wait()).code().value_or(1);
    });
}
