// What is known of the cluster at one moment, as plain data: the dashboard and /metrics show it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "07-state-sharing/full_cluster/latency_histogram.hpp"

namespace full_cluster {

using milliseconds = std::chrono::milliseconds;

/// The last end of a worker in a slot that was not wanted.
struct death {
    std::string reason;
    milliseconds ago{};
};

/// A slot, and the worker in it.
struct worker_view {
    int slot = 0;
    int id = 0;
    pid_t pid = 0;
    std::string state;  ///< starting, online, listening, leaving, stopped or dead
    milliseconds uptime{};
    std::uint64_t connections = 0;
    std::uint64_t requests = 0;  ///< of all workers that the slot ever had
    double requests_per_second = 0;
    std::uint64_t memory = 0;  ///< its proportional share   [bytes]
    std::uint64_t restarts = 0;
    std::optional<death> last_death;
};

struct cluster_view {
    pid_t pid = 0;
    milliseconds uptime{};
    int wanted = 0;
    std::string policy;
    std::string url;
    std::string watch;
    bool reloading = false;
    bool stopping = false;
    /// By slot; of one whose worker leaves, both it and its replacement.
    std::vector<worker_view> workers;
    std::vector<worker_view> dropped;  ///< slots that the cluster no longer has, for their counts
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    double requests_per_second = 0;
    latency_histogram recent;  ///< of the last second
    latency_histogram all;
    std::uint64_t reloads = 0;

    /// Whether a request would be answered now.
    [[nodiscard]] bool ready() const;
};

/// As the dashboard's event `snapshot` has it, without the store and the job.
[[nodiscard]] nlohmann::json to_json(const cluster_view& view);

/// In the text format of Prometheus.
/// @source prometheus.io, "Exposition formats"
[[nodiscard]] std::string metrics_of(const cluster_view& view);

}  // namespace full_cluster
