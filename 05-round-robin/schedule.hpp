// Who gets the next connection.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace cluster {

/// A worker as a schedule sees it.
struct candidate {
    int worker;  ///< its id: unique, and only grows
    int slot;    ///< its place, which is stable: a replacement has its predecessor's
    int open;    ///< connections it holds: those it said are open, and those offered to it
    bool room;   ///< may be offered one now
};

/// Picks the worker for the next connection. A schedule keeps its own state, such as whose turn it
/// was, so that every server has a schedule of its own; a copy goes its own way.
///
/// A function of your own is as good as ours. Picking a worker without room, or nobody, means
/// "wait": the connection stays the first, and is asked about again when something has changed.
/// @param candidates      those that are alive, sorted by worker id
/// @param client_address  without the port, as text; empty if there is none (a unix socket)
/// @return the id of a worker that has room; empty if nobody is to have the connection now
using schedule = std::function<std::optional<int>(std::span<const candidate> candidates,
                                                  std::string_view client_address)>;

/// Strict rotation by worker id over those with room.
///
/// Whose turn it is follows from the id served last, so that a worker that leaves takes no one's
/// turn with it, and a newcomer, whose id is the highest, comes last in the round that is under
/// way. A full worker is passed over: it keeps its place in the order, is served again when the
/// rotation next comes by, and does not make up for the turns it missed.
/// @source Node's SCHED_RR, lib/internal/cluster/round_robin_handle.js
[[nodiscard]] schedule round_robin();

/// The fewest open connections; among equals, rotation. For connections whose length differs.
/// @source nginx least_conn
[[nodiscard]] schedule least_connections();

/// The same client address always comes to the same slot. For workers that remember their clients.
///
/// Rendezvous hashing: every slot draws a number from the address, the highest wins. A slot that
/// comes or goes moves only the clients it wins or loses, and a replacement inherits its
/// predecessor's. When the winner has no room, the next highest is it, for as long as that lasts.
/// The same in every process and after every restart.
/// @source Thaler and Ravishankar, "A name-based mapping scheme for rendezvous", 1996
[[nodiscard]] schedule address_hash();

/// "round-robin", "least-connections" or "address-hash"; empty for any other name.
[[nodiscard]] std::optional<schedule> schedule_named(std::string_view name);

}  // namespace cluster
