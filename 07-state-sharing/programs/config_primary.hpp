// The primary of poll_config and notify_config.
#pragma once

#include <fcntl.h>

#include <algorithm>
#include <cluster_workshop/cluster.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "01-spawn-exec/pipes.hpp"
#include "07-state-sharing/programs/temporary_folder.hpp"
#include "support/async_condition.hpp"
#include "support/timeout.hpp"
#include "support/weak_ref.hpp"

/// Gives one value after another to the workers in turn, the next when all have heard the last.
class config_primary {
  public:
    config_primary(const asio::any_io_executor& executor, cluster::primary& cluster)
        : executor_(executor), cluster_(cluster), news_(executor) {
        // Workers may outlive this: until the primary has ended them.
        cluster_.on_message([self = support::weak_ref(anchor_)](
                                cluster::worker& from, const nlohmann::json& message, auto) {
            if (!self || !message.is_object() || !message.contains("has")) return;
            self->has_[from.id()] = message["has"];
            self->news_.notify_all();
        });
        cluster_.on_exit([self = support::weak_ref(anchor_)](cluster::worker& gone, auto) {
            if (!self) return;
            self->has_.erase(gone.id());
            self->news_.notify_all();
        });
    }
    config_primary(const config_primary&) = delete;
    config_primary& operator=(const config_primary&) = delete;

    /// Runs the cluster until the last value is heard by all, or a signal comes.
    /// @param values  what the setting shall be; without any, the lines of standard input
    asio::awaitable<void> run(int workers, std::vector<std::string> values) {
        cluster_.keep_running(workers);
        co_await support::with_end(cluster_.until_signal(), give(std::move(values)));
        co_await cluster_.disconnect();
    }

  private:
    asio::awaitable<void> give(std::vector<std::string> values) {
        while (static_cast<int>(has_.size()) < cluster_.wanted()) co_await news_.wait();
        for (const std::string& value : values) co_await give(value);
        try {
            if (values.empty()) co_await give_lines();
        } catch (const std::system_error&) {
            support::log() << "standard input is no terminal and no pipe: nothing is read";
        }
    }

    asio::awaitable<void> give(std::string value) {
        if (has_.empty()) co_return;
        auto chosen = has_.begin();
        std::advance(chosen, turns_++ % has_.size());
        const nlohmann::json order{{"set", value}};
        if (cluster::worker* writer = cluster_.find(chosen->first)) writer->send(order);
        while (!std::all_of(has_.begin(), has_.end(),
                            [&](const auto& worker) { return worker.second == value; })) {
            co_await news_.wait();
        }
    }

    asio::awaitable<void> give_lines() {
        // An open file of our own: a terminal on which reading does not wait would not wait for
        // anybody who shares it.
        support::unique_fd input(::open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC | O_NOCTTY));
        if (!input) co_return;
        child_process::pipe_reader lines(executor_, std::move(input));
        std::string text;
        while (auto more = co_await lines.read()) {
            text += *more;
            for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
                std::string line = text.substr(0, end);
                text.erase(0, end + 1);
                co_await give(std::move(line));
            }
        }
    }

    asio::any_io_executor executor_;
    cluster::primary& cluster_;
    std::map<int, nlohmann::json> has_;  // what each worker has heard last; null before
    std::size_t turns_ = 0;
    support::async_condition news_;
    support::weak_anchor<config_primary> anchor_{this};
};
