// full_cluster as its visitors and its operator see it.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/06-cluster-lib/running_program.hpp"

namespace tests {

/// What is asked of a server, on a connection of its own.
struct question {
    std::string line;  ///< "POST /login"
    std::string body{};
    std::map<std::string, std::string> headers{};
};

/// What it answered.
struct answer {
    int status = 0;  ///< 0: refused, cut or late
    std::string head;
    std::string body;

    /// null if the body is no JSON.
    [[nodiscard]] nlohmann::json json() const;
    /// The value of a header field; empty without one.
    [[nodiscard]] std::string field(const std::string& name) const;
};

asio::awaitable<answer> ask(std::uint16_t port, question asked);

/// An answer that comes while other things are done.
class later_answer {
  public:
    later_answer(const asio::any_io_executor& executor, asio::awaitable<answer> asking);
    later_answer(const later_answer&) = delete;
    later_answer& operator=(const later_answer&) = delete;

    asio::awaitable<void> until_done();
    [[nodiscard]] const answer& result() const { return result_; }

  private:
    asio::awaitable<void> wait(asio::awaitable<answer> asking);

    answer result_;
    bool done_ = false;
    support::async_condition news_;
};

/// A full_cluster that runs, on free ports.
class whole_cluster {
  public:
    using words = std::vector<std::string>;

    /// @param state    the directory of its state
    /// @param workers  how many
    whole_cluster(const asio::any_io_executor& executor, const std::string& state, int workers,
                  const words& more = {});

    /// Waits until all workers listen.
    asio::awaitable<void> until_up();
    asio::awaitable<answer> get(std::string target, std::string cookie = "");
    asio::awaitable<answer> post(std::string target, std::string body, std::string cookie = "");
    /// Logs in; the cookie.
    asio::awaitable<std::string> login(std::string name);
    /// Presses a button of the dashboard: act("kill?slot=0").
    asio::awaitable<answer> act(std::string action);
    asio::awaitable<answer> admin(std::string target);
    /// A number of /metrics: metric("cluster_requests_total").
    asio::awaitable<long> metric(std::string name);

    /// Asks for it until it has this value.
    asio::awaitable<void> until_metric(std::string name, long value);

    [[nodiscard]] running_program& program() { return program_; }
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::uint16_t admin_port() const;
    asio::awaitable<child_process::exit_status> stop() { return program_.stop(SIGTERM); }

  private:
    int workers_;
    running_program program_;
};

}  // namespace tests
