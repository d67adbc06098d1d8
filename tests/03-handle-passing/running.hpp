// A program of the stage, running, and what it has printed.
#pragma once

#include <sys/socket.h>

#include <array>
#include <csignal>
#include <string>
#include <vector>

#include "01-spawn-exec/spawn.hpp"
#include "support/unique_fd.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace tests {

using command = std::vector<std::string>;

/// A program of this stage, with its arguments.
inline command stage_command(const std::string& name, command arguments = {}) {
    arguments.insert(arguments.begin(), stage_program("03-handle-passing", name));
    return arguments;
}

/// A Node twin of this stage, with its arguments.
inline command node_command(const std::string& script, command arguments = {}) {
    arguments.insert(arguments.begin(), source_file("03-handle-passing/node/" + script));
    arguments.insert(arguments.begin(), "node");
    return arguments;
}

/// A program in a process group of its own, as in a terminal, whose output is read here.
class running {
  public:
    running(const asio::any_io_executor& executor, const command& words)
        : process_(child_process::spawn(executor, words[0], {words.begin() + 1, words.end()},
                                        options())) {}

    /// Reads on until `text` stands in the output `times` times.
    asio::awaitable<void> until(std::string text, int times = 1) {
        while (count(text) < times) {
            auto chunk = co_await process_.out().read();
            if (!chunk) FAIL("ended without saying \"" << text << "\": " << output_);
            output_ += *chunk;
        }
    }

    /// Reads on to the end, and gives how the program ended.
    asio::awaitable<child_process::exit_status> end() {
        while (auto chunk = co_await process_.out().read()) output_ += *chunk;
        co_return co_await process_.wait();
    }

    /// The number behind the first `text` in the output.
    [[nodiscard]] long number_after(const std::string& text) const {
        const auto at = output_.find(text);
        if (at == std::string::npos) FAIL("no \"" << text << "\" in: " << output_);
        return std::stol(output_.substr(at + text.size()));
    }
    [[nodiscard]] std::uint16_t port() const {
        return static_cast<std::uint16_t>(number_after("http://127.0.0.1:"));
    }

    /// How often `text` stands in the output.
    [[nodiscard]] int count(const std::string& text) const {
        int found = 0;
        for (auto at = output_.find(text); at != std::string::npos;
             at = output_.find(text, at + 1)) {
            ++found;
        }
        return found;
    }

    [[nodiscard]] const std::string& output() const { return output_; }
    [[nodiscard]] child_process::child& process() { return process_; }
    /// Signals it and its children, as Ctrl-C does.
    void signal_group(int signal) const { ::kill(-process_.pid(), signal); }

  private:
    static child_process::spawn_options options() {
        using child_process::stdio;
        child_process::spawn_options result;
        result.descriptors = {stdio::ignore(), stdio::pipe(), stdio::inherit()};
        result.process_group = 0;
        return result;
    }

    child_process::child process_;
    std::string output_;
};

}  // namespace tests
