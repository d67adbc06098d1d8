// Workers that do what a check tells them, under a supervisor of this process.
#pragma once

#include <algorithm>
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "04-auto-restart/supervisor.hpp"
#include "support/async_condition.hpp"
#include "support/timeout.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/turns.hpp"

namespace tests {

using namespace std::chrono_literals;

/// A shell as a worker: says what `begin` says, then obeys the orders that come over its channel.
/// Told to fail it sends the suicide message, and stays until it is told to leave. With `deaf=1` in
/// `begin` it stays even when the primary asks it to leave.
inline std::string obedient_worker(const std::string& begin) {
    return "say() { printf '{\"cmd\":\"NODE_CLUSTER\",%s}\\n' \"$1\" >&$NODE_CHANNEL_FD; }\n" +
           begin +
           "\nwhile read -r order <&$NODE_CHANNEL_FD; do case $order in\n"
           "*'\"fail\"'*) say '\"act\":\"suicide\",\"seq\":7,\"reason\":\"tired\"';;\n"
           "*'\"ready\"'*) say '\"act\":\"ready\"';;\n"
           "*'\"recycle\"'*) say '\"act\":\"suicide\",\"seq\":8,\"recycle\":true';;\n"
           "*'\"leave\"'*) exit 1;;\n"
           "*'\"finish\"'*) exit 0;;\n"
           "*'\"retire\"'*) exit 100;;\n"
           "*'\"talk\"'*) printf '{\"talks\":true}\\n' >&$NODE_CHANNEL_FD;;\n"
           "*disconnect*) [ \"$deaf\" ] || exit 0;;\n"
           "esac; done";
}

inline const std::string ready_at_once = "say '\"act\":\"ready\"'";

inline bool has(const std::vector<int>& ids, int id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

/// Such workers, and what became of them.
class scripted_workers {
  public:
    /// How long anything may take that a right solution does at once.
    static constexpr std::chrono::seconds soon{4};

    scripted_workers(const asio::any_io_executor& executor, const std::string& begin,
                     cluster::supervisor_settings settings = {})
        : workers_(executor, with_worker(std::move(settings), begin)), news_(executor) {
        workers_.on_fork.add([this](auto& worker) { took_place(forks, worker, "was started"); });
        workers_.on_ready.add([this](auto& worker) { took_place(ready, worker, "is ready"); });
        workers_.on_suicide.add([this](auto& worker, const std::string&) {
            took_place(failed, worker, "says that it has failed");
        });
        workers_.on_leaving.add([this](auto& worker) {
            // The end of its channel is told as well, when it is too late for anybody.
            if (!worker.is_dead()) leaving.push_back(worker.id());
        });
        workers_.on_exit.add([this](auto& worker, const cluster::crash_report&) {
            took_place(exits, worker, "has ended");
        });
        workers_.on_give_up.add([this](const std::string&) {
            ++give_ups;
            story_ << "; the cluster gives up";
            news_.notify_all();
        });
        workers_.on_message.add([this](auto& worker, child_process::incoming& arrived) {
            heard.emplace_back(worker.id(), arrived.message);
            news_.notify_all();
        });
    }
    scripted_workers(const scripted_workers&) = delete;
    scripted_workers& operator=(const scripted_workers&) = delete;
    ~scripted_workers() = default;

    cluster::supervisor& operator*() { return workers_; }
    cluster::supervisor* operator->() { return &workers_; }

    /// "fail", "recycle", "ready", "talk", "leave" (code 1), "finish" (code 0) or
    /// "retire" (code 100).
    void order(int id, const std::string& what) {
        cluster::worker_process* worker = workers_.find(id);
        if (worker == nullptr)
            FAIL("observed: there is no worker " << id << " any more" << story());
        worker->channel().post(cluster::json{{"order", what}});
    }

    /// Waits until `done`; `otherwise` is what is observed if that does not come.
    asio::awaitable<void> until(std::function<bool()> done, std::string otherwise) {
        const auto wait = [this, &done]() -> asio::awaitable<void> {
            while (!done()) co_await news_.wait();
        };
        const bool came = co_await support::with_timeout(wait(), soon);
        if (!came) FAIL("observed: after " << soon.count() << " s " << otherwise << story());
    }

    /// Waits until `count` workers, of all that were ever started, have been ready.
    asio::awaitable<void> until_ready(std::size_t count, std::string otherwise) {
        return until([this, count] { return ready.size() >= count; }, std::move(otherwise));
    }

    /// Keeps `count` workers running, and waits until they are ready.
    asio::awaitable<void> start(int count) {
        workers_.keep_running(count);
        const std::string wanted = count == 1 ? "one worker" : std::to_string(count) + " workers";
        return until_ready(static_cast<std::size_t>(count),
                           "not all were ready where " + wanted + " should run");
    }

    /// What has happened, in words.
    [[nodiscard]] std::string story() const { return " (in order" + story_.str() + ")"; }

    // The ids of the workers that it happened to.
    std::vector<int> forks, ready, failed, leaving, exits;
    int give_ups = 0;
    std::vector<std::pair<int, cluster::json>> heard;

  private:
    static cluster::supervisor_settings with_worker(cluster::supervisor_settings settings,
                                                    const std::string& begin) {
        settings.command.program = "sh";
        settings.command.arguments = {"-c", obedient_worker(begin)};
        const cluster::worker_limits usual;
        if (settings.limits.drain == usual.drain) settings.limits.drain = 20s;
        if (settings.limits.leave == usual.leave) settings.limits.leave = 20s;
        settings.limits.hang = 0s;
        return settings;
    }

    void took_place(std::vector<int>& what, const cluster::worker_process& worker,
                    const char* words) {
        what.push_back(worker.id());
        story_ << "; worker " << worker.id() << " (slot " << worker.slot() << ", pid "
               << worker.pid() << ") " << words;
        news_.notify_all();
    }

    cluster::supervisor workers_;
    support::async_condition news_;
    std::ostringstream story_;
};

}  // namespace tests
