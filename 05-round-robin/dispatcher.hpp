// Accepting in the primary, serving in the workers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "05-round-robin/answer_watch.hpp"
#include "05-round-robin/connection_carrier.hpp"
#include "05-round-robin/connection_queue.hpp"
#include "05-round-robin/limited_acceptor.hpp"
#include "support/async_condition.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

struct dispatch_settings {
    /// Who gets the next connection. Called once for each listening socket, since a schedule keeps
    /// whose turn it is.
    std::function<schedule()> schedules = round_robin;
    queue_limits limits;
    /// How many connections one of our own workers may have been offered and not answered. More
    /// keeps the rotation strict in a greater rush; fewer keeps less in line behind a slow worker.
    int credit = 8;
    /// How long a worker may leave offers unanswered before it counts as faulty. Ours are found out
    /// sooner when they hang; a Node worker has no heartbeat.   [milliseconds]
    std::chrono::milliseconds answer_limit{30'000};
    /// What a client is told whose connection nobody could take, before it is closed: a whole HTTP
    /// response, for example. Empty: nothing.
    std::string refusal;
};

/// Accepts from one listening socket, and hands each connection to a worker that has room.
///
/// Accepts no more than the workers have credit for: the rest waits in the kernel, where it costs
/// nothing. Keeps a copy of each connection until its worker has said that it took it, so that a
/// worker that dies takes none with it that it had not seen. The copy may stay for 2 ms more, and a
/// client hears of a close(2) without shutdown(2) only when it is gone, too. connection_queue
/// decides all of that; here is only the I/O.
class dispatcher {
  public:
    /// @param listening  a listening socket; made non-blocking
    /// @param key        its name in the messages to workers
    dispatcher(const asio::any_io_executor& executor, support::unique_fd listening, std::string key,
               const dispatch_settings& settings);
    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;
    ~dispatcher() = default;

    /// The worker serves this socket from now on. One that does already, or did and has left, keeps
    /// the account of what it was offered.
    /// @param lane  whether it knows our own way; Node's otherwise. To say another than before is a
    ///         fault
    /// @throws std::system_error "socketpair" EMFILE, or what lane_sender throws; nothing has
    /// changed
    ///         then
    void join(worker_process& worker, bool lane);
    /// Tells it how connections will come: to be called when its question is answered, in the same
    /// turn of the event loop.
    void announce(worker_process& worker);
    /// It takes no more; it still answers for what it was offered.
    void leaves(worker_process& worker);
    /// It has ended: what it has not answered goes to others.
    void gone(worker_process& worker);
    /// An answer of this worker, perhaps to us.
    void take(worker_process& worker, const cluster_message& message);

    /// Accepts what the kernel holds and gives away all that waits, then closes the socket.
    /// @cancel safe: what waits is still given away
    [[nodiscard]] asio::awaitable<void> stop();

    /// Who is told of a worker that broke the rules: its id, and what it did. It holds connections
    /// for which it has not answered, so it should be killed.
    std::function<void(int worker, const std::string& fault)> on_fault;

  private:
    carrier_events events_of(int worker);
    [[nodiscard]] connection_carrier* carrier_of(int worker);
    std::unique_ptr<connection_carrier> new_carrier(worker_process& worker, bool lane);
    void answered(int worker, int fd);
    void came_back(int worker, int fd, refusal why);
    void ended(int worker, const std::string& fault);

    void go_on_soon();
    void go_on();
    template <class Action>
    bool each_carrier(Action act);
    [[nodiscard]] bool quiet_answers_to_come() const;
    bool look_at_answers();
    bool wait_for_answers(steady_time now);
    void hand_out();
    bool offer_batches(steady_time now);
    void accept_some(std::size_t most);
    void refuse_abandoned();
    void accuse_the_silent();
    void arm();

    asio::any_io_executor executor_;
    std::string key_;
    std::string refusal_;
    int credit_;
    child_process::handle_kind kind_;
    connection_queue queue_;
    std::vector<support::unique_fd> held_;  // by number: the copies that are not a worker's yet
    struct member {
        worker_process* worker;
        std::unique_ptr<connection_carrier> carrier;
        std::vector<int> batch;  // kept for its memory
    };
    std::map<int, member> members_;  // by worker id
    answer_watch answers_;
    bool going_on_ = false;  // go_on() is on its way
    limited_acceptor door_;
    asio::steady_timer due_;
    steady_time armed_for_ = steady_time::max();
    steady_time look_at_ = steady_time::max();  // when quiet answers are asked for
    support::async_condition news_;
    support::weak_anchor<dispatcher> anchor_{this};
};

}  // namespace cluster
