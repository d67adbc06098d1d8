// A worker's sign of life: counters in memory that it shares with its primary.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "support/asio.hpp"
#include "support/sealed_memory.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

struct inherited_heartbeat;

/// One page of memory that a worker writes and its primary reads, without a message: a worker that
/// hangs could not send one, and a primary must not have to ask.
///
/// The primary makes one for each worker and passes the descriptor on. Whatever the worker does to
/// it, the primary only ever reads two numbers that may be nonsense.
/// @source support/sealed_memory.hpp
class heartbeat {
  public:
    /// The environment variable that announces the page to a worker:
    /// "<descriptor>:<milliseconds between ticks>".
    static constexpr const char* variable = "CLUSTER_WORKSHOP_HEARTBEAT";

    /// A new page, both counters 0.
    /// @throws std::system_error "memfd_create" EMFILE, "mmap" ENOMEM
    [[nodiscard]] static heartbeat create();

    /// In a worker: the page that the environment announces; empty if it announces none. Takes the
    /// variable out of the environment, and closes the descriptor.
    /// @throws std::runtime_error  if what is announced is no such page; says what and why
    [[nodiscard]] static std::optional<inherited_heartbeat> inherited();

    /// The value of `variable` for a worker that finds the page at its descriptor `fd`.
    [[nodiscard]] static std::string announcement(int fd, std::chrono::milliseconds interval);

    /// What to pass on, close-on-exec; -1 in a worker.
    [[nodiscard]] int fd() const { return memory_.fd(); }

    /// How often the worker's event loop has ticked. 0: never, perhaps it knows nothing of ticks.
    [[nodiscard]] std::uint64_t ticks() const;
    /// How many connections the worker has open, as it says.
    [[nodiscard]] std::uint64_t connections() const;

    /// For the worker, the only one who writes.
    void tick();
    void set_connections(std::uint64_t count);

  private:
    struct counters;
    explicit heartbeat(support::sealed_memory memory) : memory_(std::move(memory)) {}
    [[nodiscard]] counters& page() const;

    support::sealed_memory memory_;
};

/// What a worker inherits: the page, and how often it shall tick.
struct inherited_heartbeat {
    heartbeat page;
    std::chrono::milliseconds interval;
};

/// Ticks from the event loop, so that it stops when the loop does: in an endless loop, a deadlock,
/// a blocking call.
///
/// The first tick comes from the loop, too: a worker that takes its time before it runs the loop is
/// not taken for one that hangs. While a heart lives, io_context::run() does not return.
class heart {
  public:
    heart(const asio::any_io_executor& executor, inherited_heartbeat inherited);

    /// The page it ticks on.
    [[nodiscard]] heartbeat& page() { return page_; }

  private:
    void tick_in(std::chrono::milliseconds delay);

    heartbeat page_;
    std::chrono::milliseconds interval_;
    asio::steady_timer timer_;
    support::weak_anchor<heart> anchor_{this};
};

}  // namespace cluster
