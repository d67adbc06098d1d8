// A worker, as its primary sees it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "01-spawn-exec/child.hpp"
#include "02-fork-ipc/fork.hpp"
#include "03-handle-passing/handle_channel.hpp"
#include "04-auto-restart/cluster_message.hpp"
#include "04-auto-restart/crash_report.hpp"
#include "04-auto-restart/error_tail.hpp"
#include "04-auto-restart/hang_watch.hpp"
#include "04-auto-restart/heartbeat.hpp"
#include "04-auto-restart/kill_ladder.hpp"
#include "04-auto-restart/worker_command.hpp"
#include "04-auto-restart/worker_state.hpp"

namespace cluster {

/// One worker: its process, its channel, its pulse, its last words.
class worker_process {
  public:
    /// Starts it.
    /// @param id    unique among all workers, and told to it as NODE_UNIQUE_ID
    /// @param slot  the place that it fills
    /// @throws child_process::spawn_error and whatever else child_process::fork throws
    worker_process(const asio::any_io_executor& executor, int id, int slot,
                   const worker_command& command, const worker_limits& limits);
    worker_process(const worker_process&) = delete;
    worker_process& operator=(const worker_process&) = delete;
    ~worker_process() = default;

    [[nodiscard]] int id() const { return id_; }
    [[nodiscard]] int slot() const { return slot_; }
    [[nodiscard]] pid_t pid() const { return process_.pid(); }
    [[nodiscard]] worker_state state() const { return state_; }
    [[nodiscard]] bool is_dead() const { return state_ == worker_state::dead; }
    /// It was asked to leave, or leaves of its own accord. A second suicide of the same worker
    /// changes nothing.
    [[nodiscard]] bool is_leaving() const { return state_ == worker_state::leaving; }
    [[nodiscard]] bool exited_after_disconnect() const { return wanted_; }
    /// Since it was started.
    [[nodiscard]] std::chrono::steady_clock::time_point started() const { return started_; }
    /// How many connections it has open, as far as it keeps us informed.
    [[nodiscard]] std::uint64_t connections() const { return memory_.connections(); }

    [[nodiscard]] child_process::handle_channel& channel() { return channel_; }
    /// Queues one of cluster::messages, with its number, and a socket with it.
    /// @return the message's number
    std::uint64_t post(json message);
    std::uint64_t post(json message, child_process::handle passed);

    /// Asks it to finish and leave; SIGTERM after `limit`, SIGKILL later. Wanted: it is not
    /// replaced on that account.
    void disconnect(std::chrono::milliseconds limit);
    /// Sends a signal, nothing more.
    child_process::kill_result kill(int signal);
    /// SIGKILL, now or after `limit`; `reason` goes into the report.
    void kill_within(std::chrono::milliseconds limit, const std::string& reason);
    /// It leaves of its own accord and has `limit` before the ladder begins.
    void leaves(const std::string& reason, std::chrono::milliseconds limit);

    // For the supervisor that runs it.

    void set_state(worker_state state) { state_ = state; }
    void set_wanted() { wanted_ = true; }
    void set_ready();
    /// The slot belongs to its replacement now.
    void vacate() { holds_slot_ = false; }
    void occupy() { holds_slot_ = true; }
    [[nodiscard]] bool holds_slot() const { return holds_slot_; }
    /// Passes its standard error on until it ends; that of a silent worker, and its standard
    /// output, go to on_output.
    [[nodiscard]] asio::awaitable<void> relay();
    /// What a silent worker writes: the descriptor, 1 or 2, and the text.
    std::function<void(int fd, std::string_view text)> on_output;
    /// Waits until the process has ended.
    [[nodiscard]] asio::awaitable<child_process::exit_status> wait() { return process_.wait(); }
    /// What is still to be heard of it: its channel and its standard error.
    int open_ends = 2;
    [[nodiscard]] crash_report report() const;

  private:
    struct launch;
    worker_process(const asio::any_io_executor& executor, int id, int slot,
                   const worker_limits& limits, launch started);
    static launch start(const asio::any_io_executor& executor, int id,
                        const worker_command& command, const worker_limits& limits);
    void look_at_heart();
    [[nodiscard]] bool speaks_in_halves(std::chrono::steady_clock::time_point now);

    int id_;
    int slot_;
    worker_limits limits_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    heartbeat memory_;
    child_process::child process_;
    child_process::handle_channel channel_;
    error_tail tail_;
    std::optional<error_tail> output_;  // of a silent worker
    kill_ladder ladder_;
    hang_watch hang_;
    asio::steady_timer look_;
    // The last time that no message was half there, or that another one had become whole.
    std::chrono::steady_clock::time_point whole_ = started_;
    std::uint64_t arrivals_ = 0;
    worker_state state_ = worker_state::starting;
    bool was_ready_ = false;
    bool wanted_ = false;
    bool holds_slot_ = true;
    std::string reason_;
    support::weak_anchor<worker_process> anchor_{this};
};

}  // namespace cluster
