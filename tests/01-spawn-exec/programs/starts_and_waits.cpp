// starts_and_waits HOW COMMAND: starts a program on its own descriptors, says its number, and then
//   --follow             stays; the program gets SIGKILL when this one dies
//   --follow-as-nobody   the same, with the program run by another user
//   --detach             ends, and leaves the program alone
#include <iostream>

#include "01-spawn-exec/spawn.hpp"

using namespace child_process;

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string how = argv[1];
    return support::run_program([&]() -> asio::awaitable<int> {
        spawn_options options;
        options.descriptors = {stdio::inherit(), stdio::inherit(), stdio::inherit()};
        options.detached = how == "--detach";
        if (!options.detached) options.parent_death_signal = SIGKILL;
        if (how == "--follow-as-nobody") options.uid = 65534;
        child process = spawn(co_await asio::this_coro::executor, argv[2], {}, options);
        std::cout << process.pid() << std::endl;
        if (!options.detached) co_await process.wait();
        process.detach();
        co_return 0;
    });
}
