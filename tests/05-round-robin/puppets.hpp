// A primary in the test's own process, over workers that say what the test wants.
#pragma once

#include <string>
#include <vector>

#include "05-round-robin/dispatched_sockets.hpp"
#include "support/async_condition.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace tests {

using nlohmann::json;

/// Workers of the program puppet, under a dispatcher.
class puppets {
  public:
    puppets(const asio::any_io_executor& executor, int workers)
        : supervisor_(executor, started()),
          sockets_(supervisor_, cluster::dispatched_policy(supervisor_, {})),
          news_(executor) {
        supervisor_.on_online.add([this](cluster::worker_process& worker) {
            online_.push_back(worker.id());
            news_.notify_all();
        });
        supervisor_.on_message.add(
            [this](cluster::worker_process& worker, child_process::incoming& arrived) {
                heard_[worker.id()].push_back(arrived.message["heard"]);
                news_.notify_all();
            });
        supervisor_.on_exit.add(
            [this](cluster::worker_process&, const cluster::crash_report& report) {
                reasons_.push_back(report.reason);
                news_.notify_all();
            });
        supervisor_.keep_running(workers);
    }
    puppets(const puppets&) = delete;
    puppets& operator=(const puppets&) = delete;

    asio::awaitable<void> until_online(std::size_t workers) {
        while (online_.size() < workers) co_await news_.wait();
    }

    /// Why the first worker that ended did so.
    asio::awaitable<std::string> reason_of_end() {
        while (reasons_.empty()) co_await news_.wait();
        co_return reasons_.front();
    }

    void say(int worker, const json& message) {
        supervisor_.find(worker)->channel().post({{"say", message}});
    }

    /// Asks for the one socket of these tests.
    void ask(int worker, int number, bool lane, int index = 0) {
        say(worker, {{"cmd", "NODE_CLUSTER"},
                     {"act", "queryServer"},
                     {"index", index},
                     {"data", nullptr},
                     {"address", "127.0.0.1"},
                     {"port", 0},
                     {"addressType", 4},
                     {"lane", lane},
                     {"seq", number}});
    }

    /// The answers to a worker's question; waits for the first.
    asio::awaitable<std::vector<json>> answers(int worker, int number) {
        std::vector<json> found;
        for (;;) {
            for (const json& each : heard_[worker]) {
                if (each.value("ack", -1) == number) found.push_back(each);
            }
            if (!found.empty()) co_return found;
            co_await news_.wait();
        }
    }

    /// Asks, and waits: the first answer.
    asio::awaitable<json> answer(int worker, int number, bool lane, int index = 0) {
        ask(worker, number, lane, index);
        const auto all = co_await answers(worker, number);
        co_return all.front();
    }

    /// The number of the n-th message that passed something and said this; waits for it.
    asio::awaitable<int> passed(int worker, std::string act, int n = 1) {
        for (;;) {
            int found = 0;
            for (const json& each : heard_[worker]) {
                const json message = each.value("msg", json::object());
                if (message.value("act", "") == act && ++found == n) co_return message["seq"];
            }
            co_await news_.wait();
        }
    }

    /// Ends all.
    asio::awaitable<void> stop() { return supervisor_.stop(std::chrono::milliseconds(0)); }

    [[nodiscard]] cluster::supervisor& workers() { return supervisor_; }

  private:
    static cluster::supervisor_settings started() {
        cluster::supervisor_settings result;
        result.command.program = program("puppet");
        result.restart.first_delay = std::chrono::milliseconds(0);
        return result;
    }

    cluster::supervisor supervisor_;
    cluster::listening_sockets sockets_;
    support::async_condition news_;
    std::vector<int> online_;
    std::vector<std::string> reasons_;
    std::map<int, std::vector<json>> heard_;
};

}  // namespace tests
