// What one worker has been offered, and whether it may be offered more.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "05-round-robin/schedule.hpp"

namespace cluster {

/// The clock of all decisions about connections; they get its time as an argument.
using steady_time = std::chrono::steady_clock::time_point;

/// What may be expected of a worker.
struct worker_terms {
    int credit = 8;            ///< how many connections it may hold unanswered; Node's workers: 1
    bool reports_room = true;  ///< says so when it has room again; Node's workers do not
};

/// A connection that is on its way to a worker.
struct pending_connection {
    std::uint64_t connection;  ///< the caller's number for it
    std::uint64_t turn;        ///< its place in the order of arrival
    steady_time arrived;
    int failed_offers = 0;
    std::string client_address;
};

/// The account of one worker with the primary: credit, unanswered offers, refusals.
///
/// A worker that has refused gets nothing until it is known to have room: our own workers say so;
/// for others a pause has to do, which doubles with each refusal until one is accepted.
class worker_account {
  public:
    /// How long a worker is left alone that cannot say when it has room.
    static constexpr std::chrono::milliseconds first_pause{100};
    static constexpr std::chrono::milliseconds longest_pause{1000};

    worker_account(int worker, int slot, worker_terms terms);

    /// The worker takes connections, on these terms; what it has been offered before stays offered.
    void join(int slot, worker_terms terms);
    /// It is to be offered nothing more. Its answers still count.
    void leave() { leaving_ = true; }

    [[nodiscard]] int worker() const { return worker_; }
    [[nodiscard]] bool leaving() const { return leaving_; }
    /// Whether no answer is outstanding.
    [[nodiscard]] bool settled() const { return offered_.empty(); }
    /// How many connections it may be offered now.
    [[nodiscard]] int free_credit(steady_time now) const;
    /// As the schedule sees it.
    [[nodiscard]] candidate seen(steady_time now) const;
    /// When its pause is over, if that is still to come.
    [[nodiscard]] std::optional<steady_time> pause_end(steady_time now) const;

    void offer(pending_connection offered) { offered_.push_back(std::move(offered)); }
    /// Ends an offer; empty if this connection was not offered to the worker.
    [[nodiscard]] std::optional<pending_connection> answered(std::uint64_t connection);
    /// Ends all offers, in the order in which they were made.
    [[nodiscard]] std::vector<pending_connection> take_back();

    /// It took one, so that the next pause is a short one again.
    void accepted() { pause_ = first_pause; }
    /// It refused one.
    void refused(steady_time now);
    /// Nothing can reach it for a while.
    void pause(steady_time now);
    /// It says that it has room again.
    void has_room() { full_ = false; }
    /// It says how many connections it has open. One that never says counts as holding none.
    void holds(int open) { open_ = open; }

  private:
    int worker_;
    int slot_;
    worker_terms terms_;
    bool leaving_ = false;
    bool full_ = false;  // until has_room()
    int open_ = 0;
    steady_time paused_until_ = steady_time::min();
    std::chrono::milliseconds pause_ = first_pause;
    std::vector<pending_connection> offered_;  // at most terms_.credit, oldest first
};

}  // namespace cluster
