// The rules by which the primary hands its connections to workers, without any I/O.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "05-round-robin/schedule.hpp"
#include "05-round-robin/worker_account.hpp"

namespace cluster {

/// The bounds of a connection_queue.
struct queue_limits {
    std::size_t length = 1024;  ///< connections that are kept while no worker is there
    std::chrono::milliseconds patience{10'000};  ///< how long each is kept then, see leave()
    int most_offers = 3;                         ///< failed offers after which one is given up
};

/// Why a connection came back.
enum class refusal {
    full,           ///< the worker has no room: not the connection's fault, it is not counted
    not_listening,  ///< the worker knows nothing of this server: a failed offer
    not_sent,       ///< it did not get into the socket; the worker is left alone for 100 ms or more
};

/// Connections that were accepted by the primary and are not yet a worker's.
///
/// Each is, until it is accepted or abandoned, in one place: in the queue or offered to one worker.
/// The queue is always in order of arrival, so that one that comes back is ahead of all that came
/// after it. A connection comes back when its worker refuses it or dies; only deaths, and refusals
/// by a worker that does not know the server, count as failed offers. When all workers are full
/// nothing happens at all: connections wait, most of them in the kernel.
/// @source Node's RoundRobinHandle, which has neither credit nor bounds
class connection_queue {
  public:
    struct offer {
        std::uint64_t connection;
        int worker;
    };

    explicit connection_queue(schedule choose, queue_limits limits = {});

    /// A worker takes connections: its id, its slot and what may be expected of it. Also for one
    /// that had left.
    void join(int worker, int slot, worker_terms terms = {});
    /// It takes no more. It still answers for what it has been offered, and a refusal now is not
    /// counted.
    ///
    /// If it was the last one that took connections nobody is there from now on, and the patience
    /// of those that wait begins. To leave again changes nothing.
    void leave(int worker, steady_time now);
    /// It is gone, with or without leave(): what it has not answered comes back, each a failed
    /// offer. Read the answers that it has sent first. Without leave() it leaves now; after leave()
    /// the patience runs on as it did.
    void left(int worker, steady_time now);
    /// A worker that refused has room again.
    void has_room(int worker);
    /// A worker says how many connections it has open; see candidate::open.
    void holds(int worker, int open);

    /// How many connections to accept now: as many as the workers have credit for beyond what is
    /// queued. While no worker is there, until the queue is full.
    [[nodiscard]] std::size_t wants(steady_time now) const;
    /// A connection has been accepted from the listener.
    /// @param connection  a number of the caller's choice that no other one has here
    void arrived(std::uint64_t connection, std::string client_address, steady_time now);

    /// The next connection to offer, and to whom; call it until it is empty. It is empty, too, when
    /// the schedule wants to wait, and nobody overtakes the connection that waits.
    /// @throws std::out_of_range if the schedule picks a worker that is not there; and what it
    ///         throws itself. Nothing has changed then.
    [[nodiscard]] std::optional<offer> next(steady_time now);

    /// The connection is its worker's now, and forgotten here.
    /// @return false if it was not offered to this worker: nothing has changed
    bool accepted(int worker, std::uint64_t connection);
    /// The connection comes back, and the worker gets nothing until it has room.
    /// @return as for accepted()
    bool refused(int worker, std::uint64_t connection, refusal why, steady_time now);

    /// The connections that were given up, to be answered with a refusal and closed; each once.
    /// Ask after refused(), after left() and when next_due() has come.
    [[nodiscard]] std::vector<std::uint64_t> abandoned(steady_time now);
    /// When something changes by itself: a pause is over (see wants() and next()) or a connection
    /// has waited too long (see abandoned()). What is over already changes nothing more, nor does
    /// the pause of a worker that would get nothing after it. Empty: never.
    [[nodiscard]] std::optional<steady_time> next_due(steady_time now) const;

    /// Wants nothing more; what is here is still given away.
    void stop() { stopped_ = true; }
    /// How many wait in the queue.
    [[nodiscard]] std::size_t size() const { return queue_.size(); }
    /// Whether nothing waits and no answer is outstanding.
    [[nodiscard]] bool empty() const;

  private:
    [[nodiscard]] worker_account* find(int worker);
    [[nodiscard]] bool anybody() const;
    [[nodiscard]] steady_time expiry(const pending_connection& waiting) const;
    void give_back(pending_connection returned);
    void forget_if_done(int worker);

    schedule choose_;
    queue_limits limits_;
    std::deque<pending_connection> queue_;  // in order of arrival
    std::vector<worker_account> workers_;   // sorted by id
    std::vector<candidate> candidates_;     // what the schedule is shown; kept for its memory
    std::vector<std::uint64_t> given_up_;   // until abandoned() is asked
    // Since when nobody takes connections: the leave() of the last one that did, or its left() if
    // that came first. Counts while !anybody().
    steady_time alone_since_ = steady_time::min();
    std::uint64_t turns_ = 0;
    bool stopped_ = false;
};

}  // namespace cluster
