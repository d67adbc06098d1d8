// What the primary of full_cluster does.
#pragma once

#include <vector>

#include "06-cluster-lib/primary.hpp"
#include "07-state-sharing/full_cluster/inherited_listeners.hpp"
#include "07-state-sharing/full_cluster/settings.hpp"

namespace full_cluster {

/// Keeps the workers running, shows them on the dashboard, looks after the store, and ends them
/// when it is told to.
/// @param arguments  this program's own, which the workers get too
/// @param inherited  sockets of the service manager: the first is the app's
/// @throws state::store_error in_use if another cluster has the state directory;
///         cluster::workers_failed; std::system_error if a port or a file cannot be had
/// @lifetime all must outlive the returned awaitable
[[nodiscard]] asio::awaitable<void> lead(cluster::primary& cluster, const settings& given,
                                         const std::vector<std::string>& arguments,
                                         const std::vector<inherited_listener>& inherited);

}  // namespace full_cluster
