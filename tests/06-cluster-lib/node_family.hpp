// A primary with its workers, Node's or ours, followed through what it prints.
#pragma once

#include <csignal>
#include <map>
#include <string>
#include <vector>

#include "01-spawn-exec/spawn.hpp"
#include "support/async_condition.hpp"
#include "support/unique_fd.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace tests {

/// A program that starts workers and tells what becomes of them: run_cluster, mixed_primary.js. Its
/// output is read all the time, as by a terminal.
class node_family {
  public:
    using words = std::vector<std::string>;

    node_family(const asio::any_io_executor& executor, const std::string& program, words arguments,
                child_process::environment more = {});
    node_family(const node_family&) = delete;
    node_family& operator=(const node_family&) = delete;

    /// Waits until `text` stands in the output `times` times.
    asio::awaitable<void> until(std::string text, int times = 1);
    /// Waits until so many workers have begun to listen, all in all.
    asio::awaitable<void> until_listening(int times) { return until(" listens on ", times); }

    /// How often `text` stands in the output.
    [[nodiscard]] int count(const std::string& text) const;
    /// The number behind the first `text`.
    [[nodiscard]] long number_after(const std::string& text) const;
    /// Where the first worker listens.
    [[nodiscard]] std::uint16_t port() const;
    /// The workers that were started and have not ended, by their ids.
    [[nodiscard]] std::map<int, pid_t> workers() const;
    [[nodiscard]] const std::string& output() const { return output_; }
    [[nodiscard]] pid_t pid() const { return process_.pid(); }

    /// Signals it, and waits until it and its output have ended.
    asio::awaitable<child_process::exit_status> stop(int signal = SIGTERM);

  private:
    asio::awaitable<void> read();

    child_process::child process_;
    std::string output_;
    bool ended_ = false;
    support::async_condition news_;
};

/// The end of a process that is not our child.
class watched_end {
  public:
    explicit watched_end(pid_t pid);
    /// Whether it has come within `patience`.
    [[nodiscard]] bool comes() const;

  private:
    support::unique_fd pidfd_;
};

/// run_cluster over a Node script of tests/06-cluster-lib/node: two workers.
[[nodiscard]] node_family::words over_node_app(const std::string& script, const std::string& policy,
                                               node_family::words arguments = {});
[[nodiscard]] std::string run_cluster_program();

}  // namespace tests
