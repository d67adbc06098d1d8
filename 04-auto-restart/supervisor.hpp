// Workers that are always there.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "04-auto-restart/restart_policy.hpp"
#include "04-auto-restart/worker_process.hpp"
#include "support/async_condition.hpp"
#include "support/event.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

struct supervisor_settings {
    worker_command command;
    restart_settings restart;
    worker_limits limits;
    on_give_up giving_up = on_give_up::wait;
    /// Off: a worker that ends leaves its slot empty, for ever. For demonstrations.
    bool replace = true;
};

/// Keeps a number of workers running: fills every slot, replaces who ends, as fast as the policy
/// allows.
///
/// Decides little itself: restart_policy says when a slot is filled, worker_process knows how a
/// worker is started and ended. Events are told synchronously; their worker& is good until the
/// listener returns.
/// @lifetime destroying it kills the workers that are left; may be done at any time, not by a
///         listener of its own
class supervisor {
  public:
    /// The exit code of a worker that does not want to be replaced.
    static constexpr int do_not_restart = 100;
    /// The exit code for a primary whose workers do not start (EX_SOFTWARE).
    static constexpr int failed_code = 70;

    supervisor(const asio::any_io_executor& executor, supervisor_settings settings);
    supervisor(const supervisor&) = delete;
    supervisor& operator=(const supervisor&) = delete;
    ~supervisor();

    [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }

    /// Wants so many workers from now on: fills new slots, or lets those in the last ones leave.
    void keep_running(int workers);
    [[nodiscard]] int wanted() const { return wanted_; }
    /// Whether the end has begun: nobody is started any more.
    [[nodiscard]] bool is_stopping() const { return stopping_; }

    /// What workers are started with from now on.
    void set_command(worker_command command) { settings_.command = std::move(command); }

    /// Starts a worker apart from the slots: it is not replaced when it ends. Its slot is a
    /// negative number, that of nobody alive.
    /// @param env  added to the environment of the command
    /// @throws child_process::spawn_error and whatever else child_process::fork throws;
    ///         std::logic_error after stop()
    worker_process& add(const child_process::environment& env = {});

    /// Starts a worker beside the one in this slot, to take over from it. Until then it has no
    /// slot: if it ends, nothing follows.
    /// @throws as add
    worker_process& start_beside(int slot);
    /// The worker takes the slot that it was started beside; whoever had it leaves, as wanted.
    void take_over(worker_process& successor);

    /// Whether the slot has a worker that stays, or gets one within a second unless something
    /// happens. Not to be asked by a listener: what an event leads to is decided after it.
    [[nodiscard]] bool keeps(int slot) const;

    /// Asks it to finish and leave; see worker_process::disconnect.
    void disconnect(worker_process& worker);

    /// Those that have a process, leaving ones included, in the order of their ids.
    [[nodiscard]] std::vector<worker_process*> workers() const;
    [[nodiscard]] worker_process* find(int id) const;

    /// Asks all to leave, and waits until the last has ended: after `limit` they are made to, also
    /// those that were leaving already and had more time. No slot is filled any more.
    /// @cancel safe: they leave all the same
    [[nodiscard]] asio::awaitable<void> stop(std::chrono::milliseconds limit);
    /// SIGKILL to all after `limit`; no slot is filled any more.
    void kill_all(std::chrono::milliseconds limit, const std::string& reason);

    /// Waits until it makes no sense to go on: the first workers do not come up, or the policy gave
    /// up and the settings say shut_down.
    /// @return  why
    /// @cancel  safe
    [[nodiscard]] asio::awaitable<std::string> until_failed();

    support::event<worker_process&> on_fork;
    /// What a silent worker writes to its descriptor 1 or 2.
    support::event<worker_process&, int, std::string_view> on_output;
    support::event<worker_process&> on_online;
    /// It listens. Its socket is named by the query, with the real port.
    support::event<worker_process&, const listen_query&> on_listening;
    /// It works: it listens, or has said that it does without. May be told more than once.
    support::event<worker_process&> on_ready;
    /// It has failed, or wants to be recycled, and leaves.
    support::event<worker_process&, const std::string&> on_suicide;
    /// It leaves, for whatever reason: nothing new is for it.
    support::event<worker_process&> on_leaving;
    /// Its channel has ended: everything that it ever said was heard.
    support::event<worker_process&> on_disconnect;
    support::event<worker_process&, const crash_report&> on_exit;
    /// The policy gave up, because of … Inside the class this name hides the enum of the same name,
    /// except before `::`; cluster::on_give_up always is the enum.
    support::event<const std::string&> on_give_up;
    /// A message of the cluster that is not about the worker's life: a question, an answer.
    support::event<worker_process&, cluster_message&> on_cluster_message;
    /// The application's own message.
    support::event<worker_process&, child_process::incoming&> on_message;

  private:
    using clock = std::chrono::steady_clock;
    using entry = std::unique_ptr<worker_process>;

    void fill_due_slots();
    // Starts a worker in the slot, which the policy and on_fork are told. If it cannot be started
    // the slot has failed: slot_failed. Looks at nothing else.
    void start(int slot);
    void check_goes_on() const;
    worker_process& launch(int slot, const worker_command& command);
    // Reports a worker's unwanted end to the policy, and does what follows: tells on_give_up,
    // fails, arms; with `replace` off the slot is retired instead. Nothing once the end has begun,
    // or for a slot that is not wanted. Whoever calls it sees to the worker, and that it is called
    // once.
    void slot_failed(int slot, const std::string& reason);
    // Sets the timer for what the policy has due next.
    void arm();
    [[nodiscard]] bool is_held(int slot) const;
    [[nodiscard]] bool must_wait_for_another(int slot) const;

    asio::awaitable<void> listen_to(int id);
    asio::awaitable<void> relay(int id);
    asio::awaitable<void> follow(int id);
    asio::awaitable<void> until_heard(int id);
    void take(worker_process& worker, child_process::incoming arrived);
    void take_suicide(worker_process& worker, const cluster_message& message);
    void ready(worker_process& worker);
    void leaves(worker_process& worker, const std::string& reason, std::chrono::milliseconds limit);
    void ended(worker_process& worker);
    void fail(const std::string& reason);

    asio::any_io_executor executor_;
    supervisor_settings settings_;
    restart_policy policy_;
    int wanted_ = 0;
    int last_id_ = 0;
    bool stopping_ = false;
    std::vector<entry> workers_;
    std::vector<int> postponed_;  // due slots that wait for another's replacement
    std::optional<std::string> failure_;
    asio::steady_timer due_;
    support::async_condition news_;
    support::weak_anchor<supervisor> anchor_{this};
};

}  // namespace cluster
