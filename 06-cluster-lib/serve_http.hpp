// An HTTP server on the connections of a cluster.
#pragma once

#include "06-cluster-lib/server.hpp"
#include "support/http_server.hpp"

namespace net {

/// Answers HTTP on the server's connections until it is closed or the process shall end, and then
/// finishes what was asked, losing no request.
///
/// In a worker an exception out of a handler makes the primary replace it; its client gets 500.
/// listen_options::most_connections counts for connections that a primary passes.
/// @lifetime both must outlive the returned awaitable
[[nodiscard]] asio::awaitable<void> serve_http(server& listening, support::http_server& http);

}  // namespace net
