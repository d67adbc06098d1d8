// spawn_demo [COMMAND [ARGUMENT...]]: runs a program and shows what it says as it says it, each
// chunk with the output it came from, and then how the program ended.
//
// Exit code: 0 the command succeeded, 1 it failed or could not be started, 2 wrong flags.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <iostream>

#include "01-spawn-exec/spawn.hpp"
#include "support/flags.hpp"

using namespace child_process;

namespace {

asio::awaitable<void> show(pipe_reader& output, const char* name) {
    while (auto chunk = co_await output.read()) {
        std::cout << name << ": " << *chunk << (chunk->ends_with('\n') ? "" : "\n") << std::flush;
    }
}

asio::awaitable<int> run(std::vector<std::string> command) {
    using namespace asio::experimental::awaitable_operators;
    spawn_options options;
    options.descriptors = {stdio::inherit(), stdio::pipe(), stdio::pipe()};
    const std::vector<std::string> arguments(command.begin() + 1, command.end());
    child process = spawn(co_await asio::this_coro::executor, command.front(), arguments, options);
    // Both at the same time: a child stops when a pipe that nobody empties is full.
    co_await (show(process.out(), "stdout") && show(process.err(), "stderr"));
    const exit_status status = co_await process.wait();
    std::cout << "child process exited with " << status << std::endl;
    co_return status.success() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> command;
    support::flags flags("spawn_demo",
                         "Runs a program and shows its outputs as they come, then how it ended. "
                         "Without a command: ls -d / /no-such-file");
    flags.rest(command, "COMMAND [ARGUMENT...]");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (command.empty()) command = {"ls", "-d", "/", "/no-such-file"};
    return support::run_program([&] { return run(command); });
}
