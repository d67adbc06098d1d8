// What the signals of the terminal and of the system mean to a primary.
#pragma once

#include <chrono>
#include <functional>

#include "04-auto-restart/supervisor.hpp"

namespace cluster {

struct stop_settings {
    /// How long the workers may take to finish after the first SIGTERM or SIGINT.
    std::chrono::milliseconds limit{30'000};
    /// What is done before they are told: stop accepting, give away what waits. Empty: nothing.
    std::function<asio::awaitable<void>()> before;
};

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
