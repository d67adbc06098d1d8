// How connections get from the primary to one worker.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "04-auto-restart/worker_process.hpp"
#include "05-round-robin/connection_queue.hpp"
#include "05-round-robin/lane_sender.hpp"
#include "support/sockets.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

/// What a carrier tells about the connections that it carried, each by its descriptor.
struct carrier_events {
    std::function<void(int fd)> accepted;
    std::function<void(int fd, refusal why)> refused;
    /// The worker that refused has room again.
    std::function<void()> has_room;
    /// Nothing can be carried any more, and everything that the worker answered was told. `fault`
    /// says what the worker did wrong; empty if it has just gone. May destroy the carrier.
    std::function<void(const std::string& fault)> ended;
};

/// Carries connections to one worker. The copies that it is given stay open: they are offered to
/// another worker if this one does not answer.
class connection_carrier {
  public:
    connection_carrier() = default;
    connection_carrier(const connection_carrier&) = delete;
    connection_carrier& operator=(const connection_carrier&) = delete;
    virtual ~connection_carrier() = default;

    /// What may be expected of a worker that is reached in this way.
    [[nodiscard]] virtual worker_terms terms() const = 0;
    /// Offers connections.
    /// @return how many have left, from the front
    virtual std::size_t offer(std::span<const int> fds) = 0;
    /// Tells the worker how connections will come; it knows the key by now. Once or more.
    virtual void announce() {}
    /// A message of the cluster from this worker.
    virtual void take(const cluster_message&) {}
    /// Whether there may be answers soon that wake nobody: somebody has to look.
    [[nodiscard]] virtual bool answers_quietly() const { return false; }
    /// Tells what the worker has answered quietly. Costs next to nothing.
    virtual void look() {}
    /// As look(), and its next answer is told at once.
    virtual void wake_at_answer() {}
    /// As look(), and when all is answered that is told at once, or before.
    virtual void wake_at_last_answer() {}
    /// Tells what the worker has answered until now, in whichever way.
    virtual void read_answers() {}
    /// The same of a worker that is known to have ended.
    virtual void read_last_answers() { read_answers(); }
};

/// Node's way: one connection a message, and the next one after its answer. For every worker that
/// speaks Node's protocol.
/// @source docs/wire-protocol.md, newconn
class message_carrier : public connection_carrier {
  public:
    message_carrier(const asio::any_io_executor& executor, worker_process& worker, std::string key,
                    child_process::handle_kind kind, carrier_events tell);

    [[nodiscard]] worker_terms terms() const override { return {1, false}; }
    std::size_t offer(std::span<const int> fds) override;
    void take(const cluster_message& message) override;
    void read_last_answers() override;

  private:
    // Both are waited for, so that a worker that leaves one of them out gets no further connection:
    // what it does not acknowledge would pile up in its channel.
    struct offered {
        std::uint64_t number;  // the message's
        int fd;
        bool delivered = false;        // the descriptor has arrived
        std::optional<bool> accepted;  // the worker's answer
    };

    asio::awaitable<void> deliver(json message, child_process::handle passed);
    [[nodiscard]] bool waits_for(std::uint64_t number) const;
    void settle();

    asio::any_io_executor executor_;
    worker_process& worker_;
    std::string key_;
    child_process::handle_kind kind_;
    carrier_events tell_;
    std::optional<offered> offered_;  // one at a time
    support::weak_anchor<message_carrier> anchor_{this};
};

/// Our own way: many connections in one message of a lane. For workers that said they know it.
class lane_carrier : public connection_carrier {
  public:
    /// @throws std::system_error "socketpair" EMFILE; what lane_sender throws
    /// @param credit  how many connections may wait for the worker's answer
    lane_carrier(const asio::any_io_executor& executor, worker_process& worker,
                 const std::string& key, int credit, carrier_events tell);

    [[nodiscard]] worker_terms terms() const override { return {credit_, true}; }
    std::size_t offer(std::span<const int> fds) override;
    /// Passes the worker its end of the lane.
    void announce() override;
    [[nodiscard]] bool answers_quietly() const override { return lane_->unanswered(); }
    void look() override { lane_->look(); }
    void wake_at_answer() override { lane_->wake_at_answer(); }
    void wake_at_last_answer() override { lane_->wake_at_last_answer(); }
    void read_answers() override;

  private:
    void take_reports(std::span<const lane_report> reports);
    void answered(const lane_report& report);

    worker_process& worker_;
    std::string key_;
    int credit_;
    carrier_events tell_;
    support::unique_fd theirs_;  // until it is passed
    std::deque<int> offered_;    // answers come in this order
    std::unique_ptr<lane_sender> lane_;
    support::weak_anchor<lane_carrier> anchor_{this};
};

}  // namespace cluster
