#include "06-cluster-lib/serve_http.hpp"

#include <utility>

#include "06-cluster-lib/membership.hpp"

namespace net {

asio::awaitable<void> serve_http(server& listening, support::http_server& http) {
    server_core& core = listening.core();
    auto own = core.hand_over(
        [&http](support::unique_fd connection) { http.serve(std::move(connection)); },
        [&http] { return http.connections(); });
    http.on_connection_begin([&core] { core.connections_changed(); });
    http.on_connection_end([&core] { core.connections_changed(); });
    if (cluster::worker_life* life = core.process()->life(); life != nullptr) {
        http.on_error([life](std::exception_ptr error) {
            life->suicide(cluster::describe(std::move(error)));
        });
    }
    if (own) http.listen(std::move(*own));
    co_await listening.until_closed();
    co_await http.drain();
}

}  // namespace net
