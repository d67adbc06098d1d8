// A worker's listening sockets, whoever accepts for them.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "04-auto-restart/worker_life.hpp"
#include "05-round-robin/lane_receiver.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

/// What a worker does with its connections.
struct connection_handlers {
    /// Gets each connection, which is the worker's from then on.
    std::function<void(support::unique_fd)> serve;
    /// How many are open now, those included that serve() was just given.
    std::function<std::size_t()> open;
    /// The most that may be open; further ones are left to other workers.
    std::size_t most = SIZE_MAX;
};

/// What listening has come to.
struct listening {
    std::string key;          ///< the primary's name for the socket
    std::optional<int> port;  ///< the real one; nothing for a unix socket
    /// The socket to accept from, if the primary leaves that to us (shared, reuseport).
    std::optional<support::unique_fd> socket;
};

/// Asks the primary for sockets, and takes the connections that it passes: in Node's way, from a
/// Node primary or ours, or over a lane, from ours.
///
/// Each offer is answered before a byte of the connection is read: until then the primary may give
/// it to another worker.
class worker_sockets {
  public:
    /// @lifetime life must outlive this
    explicit worker_sockets(worker_life& life);
    worker_sockets(const worker_sockets&) = delete;
    worker_sockets& operator=(const worker_sockets&) = delete;
    ~worker_sockets() = default;

    /// Listens. When the primary accepts, connections come to `handlers` from now on.
    /// @throws as worker_life::listen
    [[nodiscard]] asio::awaitable<listening> listen(listen_query query,
                                                    connection_handlers handlers);

    /// Listens no more on this key: what is offered is refused, and the primary is told.
    void close(const std::string& key);

    /// Keeps the primary informed, which costs no message: to be called when the number of open
    /// connections has changed otherwise than by serve(). There may be room again.
    void connections_changed();

    /// Takes no more connections: what is offered from now on is refused.
    void stop();

  private:
    struct listener {
        std::string key;
        connection_handlers handlers;
        std::unique_ptr<lane_receiver> lane;
        // Connections that were answered for and not given to serve() yet.
        std::size_t promised = 0;
        bool refused = false;  // and the primary waits to hear of room
        bool closed = false;   // and kept only until serve() has returned
    };

    void take_early();
    void serve(listener& one, support::unique_fd connection);
    void forget_closed();
    void take_connection(cluster_incoming incoming);
    void take_lane(cluster_incoming incoming);
    lane_receiver::handlers handlers_of(listener& one);
    lane_answer decide(listener& one, const lane_offer& offer);
    [[nodiscard]] static std::size_t open(const listener& one);
    void tell_connections();
    void tell_room();
    void tell_room_later();
    [[nodiscard]] std::size_t room(const listener& one) const;
    [[nodiscard]] listener* find(const std::string& key);

    worker_life& life_;
    std::list<listener> listeners_;
    int serving_ = 0;                      // calls of serve() under way
    int asking_ = 0;                       // listen() calls under way
    std::vector<cluster_incoming> early_;  // what came before we knew its key
    bool stopped_ = false;
    asio::steady_timer later_;
    support::weak_anchor<worker_sockets> anchor_{this};
};

}  // namespace cluster
