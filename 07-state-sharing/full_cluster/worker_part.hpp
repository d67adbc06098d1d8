// What a worker of full_cluster does.
#pragma once

#include "06-cluster-lib/this_worker.hpp"
#include "07-state-sharing/full_cluster/settings.hpp"

namespace full_cluster {

/// Serves the site until this worker shall leave.
/// @lifetime both must outlive the returned awaitable
[[nodiscard]] asio::awaitable<void> work(cluster::this_worker& self, const settings& given);

}  // namespace full_cluster
