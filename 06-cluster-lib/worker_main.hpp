// The main functions of a process that serves: as a worker, and alone.
#pragma once

#include <functional>

#include "06-cluster-lib/membership.hpp"

namespace cluster {

/// Whether a primary has started this process as a worker of its cluster. Does not change.
[[nodiscard]] bool is_started_as_worker();

/// Runs a worker: `body`, then until the last connection has ended, or the time for that is up.
/// @return the exit code
/// @throws std::runtime_error if there is no channel to the primary
int worker_main(const std::function<asio::awaitable<void>(net::membership&)>& body);

/// The same for a process without a primary.
int run_alone(const std::function<asio::awaitable<void>()>& body);

}  // namespace cluster
