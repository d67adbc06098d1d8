// A primary with its workers, Node's or ours, followed through what it prints.
#pragma once

#include "support/unique_fd.hpp"
#include "tests/05-round-robin/family.hpp"

namespace tests {

/// A program that starts workers and tells what becomes of them: run_cluster, mixed_primary.js.
class node_family : public family {
  public:
    node_family(const asio::any_io_executor& executor, const std::string& program, words arguments,
                child_process::environment more = {})
        : family(executor, program, std::move(arguments), std::move(more)) {}

    asio::awaitable<child_process::exit_status> stop(int signal = SIGTERM) {
        return family::stop(signal);
    }
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
