// A program that runs, and what it says.
#pragma once

#include <csignal>
#include <string>
#include <vector>

#include "01-spawn-exec/spawn.hpp"
#include "support/async_condition.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace tests {

using namespace std::chrono_literals;

/// Its outputs are read all the time, both into one text.
class running_program {
  public:
    using words = std::vector<std::string>;

    /// @param env  added to our environment
    running_program(const asio::any_io_executor& executor, const std::string& program,
                    words arguments, const child_process::environment& env = {});
    running_program(const running_program&) = delete;
    running_program& operator=(const running_program&) = delete;

    /// Waits until `text` stands in the output so many times; an end without it fails the test.
    asio::awaitable<void> until_said(std::string text, int times = 1);
    [[nodiscard]] int count(const std::string& text) const;
    /// The number behind the first `text`.
    [[nodiscard]] int number_after(const std::string& text) const;
    [[nodiscard]] const std::string& output() const { return output_; }

    [[nodiscard]] pid_t pid() const { return process_.pid(); }
    void kill(int signal) { process_.kill(signal); }
    /// Waits for its end, all that it said included.
    asio::awaitable<child_process::exit_status> end();
    asio::awaitable<child_process::exit_status> stop(int signal);

  private:
    asio::awaitable<void> hear(child_process::pipe_reader& from);

    child_process::child process_;
    std::string output_;
    int open_ends_ = 2;
    support::async_condition news_;
};

/// A program of this stage.
[[nodiscard]] inline std::string own(const std::string& name) {
    return stage_program("06-cluster-lib", name);
}

}  // namespace tests
