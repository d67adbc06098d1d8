// What a service says to the manager that started it: systemd, or whoever speaks its protocol.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "support/asio.hpp"
#include "support/unique_fd.hpp"

namespace full_cluster {

/// Tells the service manager how this process is. Without a manager it says nothing.
///
/// The protocol is a datagram of lines, NAME=value, to the socket that NOTIFY_SOCKET names; no
/// library is needed for it. Nothing here waits: what the manager has no room for is said before
/// the next thing that is said.
/// @source sd_notify(3)
class service_manager {
  public:
    /// Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment: the manager
    /// listens to its main process alone, which workers are not.
    /// @throws std::system_error "NOTIFY_SOCKET …" EAFNOSUPPORT for an address that is neither a
    ///         path nor an abstract name (@…), ENAMETOOLONG; "socket"
    service_manager();

    /// Whether somebody listens.
    [[nodiscard]] bool is_there() const { return static_cast<bool>(socket_); }

    /// All is up: what waited for this service may start. Ends reloading(), too.
    void ready() { say_surely("READY=1"); }
    /// The configuration is being read anew; ready() says when that is done.
    void reloading();
    /// It is going to end.
    void stopping() { say_surely("STOPPING=1"); }
    /// A line for `systemctl status`. Line ends in it become spaces.
    void status(std::string_view text);

    /// Within what time alive() must be said again, or the manager takes the process for stuck and
    /// ends it; nothing if it does not watch.   [microseconds]
    [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }
    void alive() { say("WATCHDOG=1"); }

    /// Says alive() twice within each time that watchdog() gives, for ever; completes at once
    /// without one. It is a coroutine of the event loop that is to be watched, so that a loop which
    /// no longer turns falls silent.
    /// @lifetime the service_manager must outlive it
    /// @cancel safe
    [[nodiscard]] asio::awaitable<void> stay_alive();

  private:
    void say(const std::string& lines);
    void say_surely(std::string lines);
    bool say_what_waits();
    bool send(const std::string& lines);

    std::string address_;  // the bytes of sun_path
    support::unique_fd socket_;
    std::optional<std::chrono::microseconds> watchdog_;
    std::deque<std::string> waiting_;  // changes of state only: the rest is out of date by then
};

}  // namespace full_cluster
