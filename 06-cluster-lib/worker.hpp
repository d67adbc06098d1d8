// A worker, as the primary's program sees it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "01-spawn-exec/child.hpp"
#include "03-handle-passing/handle.hpp"
#include "04-auto-restart/crash_report.hpp"
#include "04-auto-restart/worker_state.hpp"

namespace cluster {

class supervisor;
class worker_process;

/// One worker of a primary. A reference to it is good until the next co_await; across one, keep its
/// id() and ask primary::find().
/// @source Node's cluster.Worker
class worker {
  public:
    worker(supervisor& workers, worker_process& process);
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;
    ~worker() = default;

    /// Unique among all workers that there ever were, from 1.
    [[nodiscard]] int id() const;
    [[nodiscard]] pid_t pid() const;
    /// Its place, which its replacement will have too: 0, 1, …; negative for one of fork().
    [[nodiscard]] int slot() const;
    [[nodiscard]] worker_state state() const;
    [[nodiscard]] bool is_connected() const;
    [[nodiscard]] bool is_dead() const;
    /// Whether it was asked to leave, or has said that it does. Its end is no failure then.
    [[nodiscard]] bool exited_after_disconnect() const;
    [[nodiscard]] std::chrono::steady_clock::time_point started() const;
    /// How many connections it has open, as it says itself; 0 for a Node worker.
    [[nodiscard]] std::uint64_t connections() const;
    /// How it ended, its last words included; complete when it is dead.
    [[nodiscard]] crash_report report() const;

    /// How much may wait to be read by a worker.   [bytes]
    static constexpr std::size_t most_unread = 8U << 20U;
    /// Queues a message.
    /// @return false if it is not connected, or most_unread is waiting for it already: the message
    ///         is dropped then
    bool send(const nlohmann::json& message);
    /// The same with a socket.
    bool send(const nlohmann::json& message, child_process::handle passed);
    using message_listener =
        std::function<void(const nlohmann::json&, std::optional<child_process::handle>)>;
    /// Who gets its messages, beside primary::on_message.
    void on_message(message_listener listener) { listener_ = std::move(listener); }

    /// Asks it to finish what it has and to leave; made to after setup.limits.leave. It is not
    /// replaced.
    void disconnect();
    /// Sends a signal, and nothing else: if it ends of it, it is replaced like one that failed.
    child_process::kill_result kill(int signal = SIGTERM);

  private:
    friend class primary;

    supervisor& workers_;
    worker_process& process_;
    message_listener listener_;
};

}  // namespace cluster
