// What a worker counts, and how it tells its primary.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "07-state-sharing/full_cluster/latency_histogram.hpp"

namespace full_cluster {

/// What happened since the last report. Reports carry differences, so that the primary has only to
/// add them up: what a worker told stays counted when it dies.
struct figures {
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;  ///< of the requests: those answered with 500 and above
    latency_histogram latency;

    void count(int status, latency_histogram::duration taken) {
        ++requests;
        if (status >= 500) ++errors;
        latency.add(taken);
    }
    void add(const figures& other);
};

/// The message that carries `since_last` to the primary.
[[nodiscard]] nlohmann::json report_of(const figures& since_last);

/// The figures that a message carries; nothing if it is another message, or nonsense.
[[nodiscard]] std::optional<figures> figures_in(const nlohmann::json& message);

}  // namespace full_cluster
