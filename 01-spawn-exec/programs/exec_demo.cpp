// exec_demo [COMMAND...]: has a shell run a command, and shows its result or its error.
//
// Exit code: 0 the command succeeded, 1 it failed or could not be started, 2 wrong flags.
#include <iostream>

#include "01-spawn-exec/exec.hpp"
#include "support/flags.hpp"

using namespace child_process;

namespace {

asio::awaitable<int> run(std::string command, exec_options options) {
    const exec_result result = co_await exec(command, options);
    const bool whole_lines = result.out.empty() || result.out.ends_with('\n');
    std::cout << result.out << (whole_lines ? "" : "\n") << std::flush;
    if (result.success()) co_return 0;
    std::cout << "error: " << result.problem() << std::endl;
    co_return 1;
}

}  // namespace

int main(int argc, char** argv) {
    int timeout_ms = 0;
    int max_buffer = 1024 * 1024;
    std::vector<std::string> words;
    support::flags flags("exec_demo",
                         "Has a shell run a command, and shows what it said or what went wrong. "
                         "Without a command: rm no-such-file.txt");
    flags.add("timeout", timeout_ms, "milliseconds until the command is ended; 0 is no limit");
    flags.add("max-buffer", max_buffer, "most bytes kept of each output");
    flags.rest(words, "COMMAND...");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (timeout_ms < 0 || max_buffer < 0) return flags.wrong("a limit cannot be negative");
    if (words.empty()) words = {"rm no-such-file.txt"};
    std::string command;
    for (const std::string& word : words) command += (command.empty() ? "" : " ") + word;

    exec_options options;
    options.timeout = std::chrono::milliseconds(timeout_ms);
    options.max_buffer = static_cast<std::size_t>(max_buffer);
    return support::run_program([&] { return run(command, options); });
}
