// A cluster::primary in the test's own process, its workers, and a record of what happens to them.
#pragma once

#include <cluster_workshop/cluster.hpp>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/async_condition.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace tests {

using namespace std::chrono_literals;
using json = nlohmann::json;

/// Workers are started with fork(), or with primary().keep_running(). The record has a line for
/// each event: "fork 1", "online 1", "listening 1", "suicide 1: why", "disconnect 1", "exit 1: code
/// 0", "setup", "reload: done".
class troupe {
  public:
    /// @param program  of tests/programs, or a path
    troupe(const asio::any_io_executor& executor, const std::string& program,
           cluster::setup changes = {});
    troupe(const troupe&) = delete;
    troupe& operator=(const troupe&) = delete;

    [[nodiscard]] cluster::primary& primary() { return primary_; }
    [[nodiscard]] const std::vector<std::string>& record() const { return record_; }
    /// The lines of one worker, without its number: "fork", "online", …
    [[nodiscard]] std::vector<std::string> record_of(int id) const;
    [[nodiscard]] int count(const std::string& line_begins) const;
    [[nodiscard]] bool has(const std::string& line) const;

    /// Waits until `done`, which is asked again after each event.
    asio::awaitable<void> until(std::function<bool()> done);
    /// Waits for a line of the record that begins so.
    asio::awaitable<void> until_recorded(std::string line_begins, int times = 1);
    /// Waits until the workers have so many connections open, all together.
    asio::awaitable<void> until_open(std::uint64_t connections);

    /// Forks so many workers, and waits until they are online; their ids.
    asio::awaitable<std::vector<int>> start(int workers);
    /// Sends a message to a worker.
    void tell(int id, const json& message);
    /// The next message of a worker; null if it ends without another.
    asio::awaitable<json> answer(int id);
    asio::awaitable<json> ask(int id, json message);
    /// Asks each of them; the answers.
    asio::awaitable<std::vector<json>> ask_all(std::vector<int> ids, json message);

    /// A worker that has gone is an error of the test.
    [[nodiscard]] cluster::worker& worker(int id);
    /// Where worker `id` said last that it listens.
    [[nodiscard]] const cluster::listening_address& address(int id) const;
    /// What silent workers wrote to descriptor 1 or 2.
    [[nodiscard]] const std::string& output(int fd) { return output_[fd]; }

  private:
    void write(const std::string& line);

    std::vector<std::string> record_;
    std::map<int, std::deque<json>> inbox_;
    std::map<int, cluster::listening_address> addresses_;
    std::map<int, std::string> output_;
    support::async_condition news_;
    cluster::primary primary_;  // last: it ends while the record is still there
};

/// What listens_as_told is told.
[[nodiscard]] json listen_on(json options);
[[nodiscard]] json close_of(const json& port);

}  // namespace tests
