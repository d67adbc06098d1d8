// The ways in which connections get to workers, as policies.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "04-auto-restart/listening_sockets.hpp"
#include "05-round-robin/dispatcher.hpp"

namespace cluster {

/// The primary accepts, and a schedule says whose the connection is: round robin, unless the
/// settings have another. Datagrams have no connections; their sockets are shared.
///
/// Towards our own workers over lanes; towards every other as Node does it.
/// @lifetime workers must outlive what the policy opens
/// @source Node's SCHED_RR
[[nodiscard]] socket_policy dispatched_policy(supervisor& workers, dispatch_settings settings);

/// One socket for each slot on the same port (SO_REUSEPORT): the kernel deals connections out by
/// their addresses, and workers accept from their own socket, without any primary in between.
///
/// The sockets belong to the slots: a replacement gets its predecessor's with all that waits in it.
/// Closing one resets the connections that wait there; that is done only when the slot is to stay
/// empty, or for long, since the kernel would go on giving it connections. For TCP; other sockets
/// are shared.
/// @lifetime workers must outlive what the policy opens
/// @source socket(7) SO_REUSEPORT
[[nodiscard]] socket_policy reuseport_policy(supervisor& workers);

}  // namespace cluster
