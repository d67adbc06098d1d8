// What the signals of the terminal and of the system mean to a primary.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>

#include "04-auto-restart/supervisor.hpp"

namespace cluster {

struct stop_settings {
    /// How long it may all take after the first SIGTERM or SIGINT; workers that have not finished
    /// then are made to leave.
    std::chrono::milliseconds limit{30'000};
    /// What is done before they are told: stop accepting, give away what waits. Empty: nothing. It
    /// is cancelled when the limit is over, and by a second signal.
    std::function<asio::awaitable<void>()> before;
};

/// Why a cluster stops.
struct stop_cause {
    int signal = 0;       ///< SIGTERM, SIGINT, SIGQUIT or SIGHUP; 0 if there was none
    std::string failure;  ///< otherwise: why the workers do not come up
};

/// As long as it lives SIGHUP, SIGTTIN and SIGTTOU do nothing when nobody waits for them; by
/// default they would end or stop the primary.
class held_signals {
  public:
    explicit held_signals(const asio::any_io_executor& executor)
        : signals_(executor, SIGHUP, SIGTTIN, SIGTTOU) {}

  private:
    asio::signal_set signals_;
};

/// Waits until a signal, or a failure, asks for the end. Meanwhile SIGTTIN and SIGTTOU scale.
///
/// Needs support::run_program, and held_signals until the end.
/// @param on_hangup  what SIGHUP means; without it, that the terminal has gone: the end
/// @cancel safe
[[nodiscard]] asio::awaitable<stop_cause> until_asked_to_stop(supervisor& workers,
                                                              std::function<void()> on_hangup = {});

/// Stops as it was asked for; the next signal means the fast way.
/// @return the exit code, as run_until_signalled
/// @throws what settings.before throws, when the workers have left
[[nodiscard]] asio::awaitable<int> stop_as_asked(supervisor& workers, int signal,
                                                 stop_settings settings);

/// Runs a cluster to its end, as its signals ask for:
///
///     SIGTERM, SIGINT   stop gracefully: the workers finish what they have; a second one: SIGKILL
///                       after a second
///     SIGQUIT           SIGKILL to all, at once
///     SIGTTIN, SIGTTOU  one worker more, one fewer (one is left)
///     SIGHUP            the terminal has gone: as SIGTERM
///
/// Needs support::run_program.
/// @return the exit code: 0 after a graceful stop, 131 after SIGQUIT, 70 when the workers do not
///         come up (which is logged)
[[nodiscard]] asio::awaitable<int> run_until_signalled(supervisor& workers,
                                                       stop_settings settings = stop_settings());

}  // namespace cluster
