// Listening sockets that the service manager opened before it started us: socket activation.
#pragma once

#include <string>
#include <vector>

#include "support/unique_fd.hpp"

namespace full_cluster {

/// A listening socket, and the name that the manager gives it: FileDescriptorName= of a .socket
/// unit, or the unit's own name; "unknown" without one.
struct inherited_listener {
    std::string name;
    support::unique_fd socket;  // non-blocking and close-on-exec
};

/// Takes over the listening sockets that LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES tell of; none
/// without them, or if they are meant for another process. The variables are removed, so that no
/// program which this one starts takes the sockets for its own.
///
/// A socket of the manager's is open before the first process runs and while none does, so that a
/// restart loses no connection, and a port below 1024 needs no privilege here. Call it once, and
/// before anything else opens a descriptor.
/// @throws std::runtime_error  if the variables are no such list, or one of the descriptors is no
///         listening stream socket; the message names it. All of them are closed then
/// @source sd_listen_fds(3)
[[nodiscard]] std::vector<inherited_listener> inherited_listeners();

}  // namespace full_cluster
