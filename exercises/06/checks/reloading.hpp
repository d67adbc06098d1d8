// A cluster whose workers do what a check tells them, while it is reloaded.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "04-auto-restart/supervisor.hpp"
#include "06-cluster-lib/rolling_reload.hpp"
#include "exercises/06/checks/staging.hpp"
#include "support/async_condition.hpp"

namespace kit_06 {

/// A shell as a worker: says what `begin` says, then obeys the orders that come over its channel:
/// "ready", "fail" (it ends with code 3), "tire" (it says that it has failed), "go" (it ends with
/// 0). Told to leave it stays until "go".
inline std::string obedient(const std::string& begin) {
    return "say() { printf '{\"cmd\":\"NODE_CLUSTER\",%s}\\n' \"$1\" >&$NODE_CHANNEL_FD; }\n" +
           begin +
           "\nwhile read -r order <&$NODE_CHANNEL_FD; do case $order in\n"
           "*'\"ready\"'*) say '\"act\":\"ready\"';;\n"
           "*'\"fail\"'*) exit 3;;\n"
           "*'\"tire\"'*) say '\"act\":\"suicide\",\"seq\":7,\"reason\":\"tired\"';;\n"
           "*'\"go\"'*) exit 0;;\n"
           "esac; done";
}

/// To be used on_stage. The first workers are ready at once, successors when they are told to be.
class reloading {
  public:
    using clock = std::chrono::steady_clock;

    /// @param proof  how long a successor must have been ready
    reloading(const asio::any_io_executor& executor, std::chrono::milliseconds proof)
        : workers_(executor, settings()), reload_(workers_, proof), news_(executor) {
        workers_.on_fork.add([this](auto& worker) { note(forks, worker, "was started"); });
        workers_.on_ready.add([this](auto& worker) {
            ready_at = clock::now();
            note(ready, worker, "is ready");
        });
        workers_.on_leaving.add([this](auto& worker) {
            left_at = clock::now();
            note(leaving, worker, "leaves");
        });
        workers_.on_exit.add([this](auto& worker, const cluster::crash_report&) {
            note(exits, worker, "has ended");
        });
    }
    reloading(const reloading&) = delete;
    reloading& operator=(const reloading&) = delete;
    ~reloading() = default;

    /// Lets so many workers run; those that are started later wait to be told that they are ready.
    asio::awaitable<void> start(int count) {
        workers_.keep_running(count);
        co_await until([this, count] { return ready.size() == static_cast<std::size_t>(count); },
                       "the first workers were not ready");
        workers_.set_command(settings("").command);
    }

    /// Asks for a reload; its number in `results`, where "under way" stands until it is over.
    std::size_t ask() {
        results.emplace_back("under way");
        asio::co_spawn(workers_.executor(), follow(results.size() - 1), support::rethrow);
        return results.size() - 1;
    }

    void order(int id, const std::string& what) {
        cluster::worker_process* worker = workers_.find(id);
        if (worker == nullptr) FAIL("observed: worker " << id << " has ended" << story());
        worker->channel().post(cluster::json{{"order", what}});
    }

    /// Waits until `done`; `otherwise` is what is observed if that does not come.
    asio::awaitable<void> until(std::function<bool()> done, std::string otherwise) {
        const bool came = co_await comes_soon(news_, done);
        if (!came) FAIL("observed: after " << soon.count() << " s " << otherwise << story());
    }
    /// The same for an event of worker `id`.
    asio::awaitable<void> until(std::vector<int>& what, int id, std::string otherwise) {
        co_await until([&what, id] { return std::count(what.begin(), what.end(), id) > 0; },
                       "worker " + std::to_string(id) + otherwise);
    }
    /// Lets so much time pass: for what must not happen in it.
    asio::awaitable<void> quiet(std::chrono::milliseconds time) {
        asio::steady_timer alarm(workers_.executor(), time);
        co_await alarm.async_wait(asio::use_awaitable);
    }
    asio::awaitable<void> until_over(std::size_t number) {
        co_await until([this, number] { return results[number] != "under way"; },
                       "the reload was still under way");
    }

    /// The ids of those that have a process.
    [[nodiscard]] std::string living() const {
        std::string ids;
        for (const cluster::worker_process* each : workers_.workers()) {
            ids += (ids.empty() ? "" : " ") + std::to_string(each->id());
        }
        return ids;
    }
    [[nodiscard]] bool holds_slot(int id) const {
        const cluster::worker_process* worker = workers_.find(id);
        return worker != nullptr && worker->holds_slot();
    }

    /// What has happened, in words.
    [[nodiscard]] std::string story() const { return " (in order" + story_.str() + ")"; }

    // The ids of the workers that it happened to.
    std::vector<int> forks, ready, leaving, exits;
    clock::time_point ready_at, left_at;  // the last one
    std::vector<std::string> results;     // of reloads: "under way", "done", "given up: why"

  private:
    static cluster::supervisor_settings settings(
        const std::string& begin = "say '\"act\":\"ready\"'") {
        cluster::supervisor_settings result;
        result.command.program = "sh";
        result.command.arguments = {"-c", obedient(begin)};
        result.limits.drain = result.limits.leave = 20s;
        result.limits.hang = 0s;
        return result;
    }

    asio::awaitable<void> follow(std::size_t number) {
        const std::optional<std::string> failed = co_await reload_.run();
        results[number] = failed ? "given up: " + *failed : "done";
        news_.notify_all();
    }

    void note(std::vector<int>& what, const cluster::worker_process& worker, const char* words) {
        what.push_back(worker.id());
        story_ << "; worker " << worker.id() << " (slot " << worker.slot() << ", pid "
               << worker.pid() << ") " << words;
        news_.notify_all();
    }

    cluster::supervisor workers_;
    cluster::rolling_reload reload_;
    support::async_condition news_;
    std::ostringstream story_;
};

}  // namespace kit_06
