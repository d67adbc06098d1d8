// A primary of HTTP workers, running, followed through what it prints.
#pragma once

#include <csignal>
#include <map>
#include <string>
#include <vector>

#include "01-spawn-exec/spawn.hpp"
#include "support/async_condition.hpp"
#include "tests/04-auto-restart/processes.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace tests {

/// dispatch_primary with its workers. Its output is read all the time, as by a terminal.
class family {
  public:
    using words = std::vector<std::string>;

    /// @param arguments  its flags, `--port 0` and a quick restart aside
    family(const asio::any_io_executor& executor, words arguments);
    /// Another program, such as a Node primary, with all its arguments.
    /// @param more  added to our environment
    family(const asio::any_io_executor& executor, const std::string& program, words arguments,
           child_process::environment more = {});
    family(const family&) = delete;
    family& operator=(const family&) = delete;

    /// Waits until `text` stands in the output `times` times.
    asio::awaitable<void> until(std::string text, int times = 1);
    /// Waits until so many workers have begun to listen, all in all.
    asio::awaitable<void> until_listening(int times) { return until(" listens on ", times); }

    /// How often `text` stands in the output.
    [[nodiscard]] int count(const std::string& text) const;
    /// The number behind the first `text`.
    [[nodiscard]] long number_after(const std::string& text) const;
    /// The numbers behind each `text`, summed up.
    [[nodiscard]] std::uint64_t sum_after(const std::string& text) const;
    /// Where the first worker listens.
    [[nodiscard]] std::uint16_t port() const;
    /// The workers that were started and have not ended, by their ids.
    [[nodiscard]] std::map<int, pid_t> workers() const;
    /// Those of them that listen.
    [[nodiscard]] std::map<int, pid_t> listening_workers() const;
    /// Signals all workers.
    void signal_workers(int signal) const;

    /// Asks it to stop; how it ended.
    asio::awaitable<child_process::exit_status> stop(int signal = SIGINT);
    [[nodiscard]] child_process::child& process() { return process_; }
    [[nodiscard]] const std::string& output() const { return output_; }

  private:
    asio::awaitable<void> read();

    child_process::child process_;
    std::string output_;
    bool ended_ = false;
    support::async_condition news_;
};

}  // namespace tests
