// The primary of a cluster.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "01-spawn-exec/exit_status.hpp"
#include "06-cluster-lib/setup.hpp"
#include "06-cluster-lib/worker.hpp"
#include "support/asio.hpp"

namespace cluster {

/// The workers do not come up, or have failed too often.
class workers_failed : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Where a worker listens.
/// @source the address of Node's 'listening' event
struct listening_address {
    std::string address;  ///< an IP address; a path for a unix socket; empty for every address
    int port = 0;         ///< the real one; -1 for a unix socket
    bool datagram = false;
};

/// Starts workers, keeps them running, and gives them the sockets that they ask for.
///
/// The workers may be this program itself, another one of ours, or Node programs.
/// @lifetime needs one thread and an io_context; destroying it kills the workers that are left. Not
///         to be destroyed by a listener of its own
/// @source Node's cluster module
class primary {
  public:
    explicit primary(const asio::any_io_executor& executor);
    primary(const primary&) = delete;
    primary& operator=(const primary&) = delete;
    ~primary();

    /// Changes how workers are started; see cluster::setup. Tells on_setup.
    /// @throws std::logic_error after the start, if it changes what is fixed then
    void setup(const cluster::setup& changes);
    [[nodiscard]] const cluster::setup& settings() const;

    /// Starts one worker. When it ends it is not replaced.
    /// @param env  added to the environment that setup gives
    /// @throws std::system_error if it cannot be started: ENOENT, EACCES, EMFILE …
    /// @throws std::logic_error after disconnect()
    worker& fork(const child_process::environment& env = {});

    /// Wants so many workers from now on, beside those of fork(): each has a slot, and one that
    /// ends without having been asked to is replaced as the restart policy says.
    void keep_running(int workers);
    /// The same, in other words, for a cluster that runs: more, or fewer; those that are too many
    /// finish what they have.
    void scale(int workers) { keep_running(workers); }
    [[nodiscard]] int wanted() const;

    /// Those that have not both ended and disconnected, in the order of their ids.
    [[nodiscard]] std::vector<worker*> workers() const;
    [[nodiscard]] worker* find(int id) const;

    /// Replaces the workers that keep_running() keeps, one after another, each when its successor
    /// has been ready for a second: after a new build, or setup(). No request is lost.
    ///
    /// One that is asked for during another follows it, once.
    /// @return  nothing, or why it was given up: the successor that failed, how, and what it said
    ///          last; the old workers that are left stay then
    /// @cancel  safe: it goes on
    [[nodiscard]] asio::awaitable<std::optional<std::string>> reload();

    /// Waits for SIGTERM, SIGINT or SIGQUIT. Meanwhile SIGHUP reloads, SIGTTIN and SIGTTOU make the
    /// workers one more or one fewer.
    ///
    /// Needs cluster::run or support::run_program.
    /// @return  the signal, which disconnect() heeds
    /// @throws  workers_failed if the workers do not come up
    /// @cancel  safe
    asio::awaitable<int> until_signal();

    /// Ends the cluster: nothing more is accepted, what has been is served, all workers leave.
    /// Completes after the last one. A signal meanwhile makes it the fast way; after SIGQUIT it is
    /// fast from the start. No worker is started after it. Call it once.
    /// @param limit  how long they may take before they are made to
    /// @cancel safe: they leave all the same
    asio::awaitable<void> disconnect(
        std::chrono::milliseconds limit = std::chrono::milliseconds(30'000));
    /// Waits until there is no worker.
    [[nodiscard]] asio::awaitable<void> until_empty();

    /// What a program exits with after disconnect(): 0, or 131 after SIGQUIT.
    [[nodiscard]] int exit_code() const;

    // What happens to the workers. Any number of listeners each; quick, and not coroutines.

    void on_setup(std::function<void(const cluster::setup&)> listener);
    void on_fork(std::function<void(worker&)> listener);
    void on_online(std::function<void(worker&)> listener);
    void on_listening(std::function<void(worker&, const listening_address&)> listener);
    void on_message(
        std::function<void(worker&, const nlohmann::json&, std::optional<child_process::handle>)>
            listener);
    /// What a silent worker writes to its descriptor 1 or 2.
    void on_output(std::function<void(worker&, int fd, std::string_view)> listener);
    /// It has failed, or wants to be recycled: its replacement starts, and it finishes.
    void on_suicide(std::function<void(worker&, const std::string& reason)> listener);
    /// Everything that it ever said was heard.
    void on_disconnect(std::function<void(worker&)> listener);
    /// After its on_disconnect.
    void on_exit(std::function<void(worker&, child_process::exit_status)> listener);
    /// Too many have failed; for a while no slot is filled.
    void on_give_up(std::function<void(const std::string& reason)> listener);
    /// A reload was asked for, by reload() or SIGHUP.
    void on_reloading(std::function<void()> listener);
    /// A reload has ended: nothing, or why it was given up.
    void on_reload(std::function<void(const std::optional<std::string>&)> listener);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace cluster
