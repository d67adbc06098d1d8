// restart_primary as a program that runs, and what it says of its workers.
#pragma once

#include <csignal>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "01-spawn-exec/spawn.hpp"
#include "support/async_condition.hpp"
#include "support/weak_ref.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace tests {

using namespace std::chrono_literals;

/// What the primary said when a worker had ended.
struct told_exit {
    int id = 0;
    int slot = 0;
    pid_t pid = 0;
    std::string how;                ///< "signal SIGKILL, because: …"
    std::uint64_t connections = 0;  ///< that it had open
};

/// A primary in a process group of its own, as in a terminal. Its outputs are read all the time, so
/// that it never waits for us.
class primary_program {
  public:
    using words = std::vector<std::string>;

    /// restart_primary with these flags, on a free port unless they say otherwise.
    primary_program(const asio::any_io_executor& executor, words flags);
    /// Another program.
    primary_program(const asio::any_io_executor& executor, const std::string& program,
                    words arguments);
    primary_program(const primary_program&) = delete;
    primary_program& operator=(const primary_program&) = delete;

    /// Waits until `done`, which is asked again after each line.
    asio::awaitable<void> until(std::function<bool()> done);
    /// Waits until so many lines hold `text`.
    asio::awaitable<void> until_said(std::string text, std::size_t times = 1);
    /// Waits until so many workers have begun to listen, in all.
    asio::awaitable<void> until_listening(std::size_t times);
    /// Waits until so many workers have ended, in all.
    asio::awaitable<void> until_ended(std::size_t times);

    /// The pids of all workers that were ever started, by id.
    [[nodiscard]] const std::map<int, pid_t>& started() const { return started_; }
    /// Those that have not ended.
    [[nodiscard]] const std::map<int, pid_t>& alive() const { return alive_; }
    /// Those of them that listen.
    [[nodiscard]] std::map<int, pid_t> serving() const;
    /// The ids of those that have begun to listen, in that order.
    [[nodiscard]] const std::vector<int>& listened() const { return listened_; }
    [[nodiscard]] const std::vector<told_exit>& exits() const { return exits_; }
    /// How the worker ended, in the primary's words.
    [[nodiscard]] std::string exit_of(int id) const;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
    [[nodiscard]] pid_t pid() const { return process_.pid(); }
    [[nodiscard]] std::size_t count(const std::string& text) const;
    /// The number of the first line that holds `text`; npos if none does.
    [[nodiscard]] std::size_t line_of(const std::string& text) const;
    [[nodiscard]] const std::string& errors() const { return errors_; }

    child_process::kill_result kill(int signal) { return process_.kill(signal); }
    /// Signals it and its workers, as a terminal does.
    void signal_group(int signal) const { ::kill(-process_.pid(), signal); }
    /// Waits for its end, all that it said included.
    asio::awaitable<child_process::exit_status> end();
    /// Sends a signal and waits for the end.
    asio::awaitable<child_process::exit_status> stop(int signal = SIGTERM);

  private:
    asio::awaitable<void> hear();
    asio::awaitable<void> hear_errors();
    void take_line(const std::string& line);

    asio::any_io_executor executor_;
    child_process::child process_;
    std::string rest_;  // of a line that is not whole
    std::vector<std::string> lines_;
    std::string errors_;
    std::map<int, pid_t> started_;
    std::map<int, pid_t> alive_;
    std::vector<int> listened_;
    std::vector<told_exit> exits_;
    std::uint16_t port_ = 0;
    int open_ends_ = 2;
    support::async_condition news_;
    support::weak_anchor<primary_program> anchor_{this};
};

}  // namespace tests
