// Looking at processes that are nobody's children, or not ours.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>

#include "support/asio.hpp"
#include "support/unique_fd.hpp"

namespace tests {

/// The cpu time that a process has used. [nanoseconds]
[[nodiscard]] std::uint64_t cpu_time(pid_t pid);

/// How much of the next second a process computes, from 0 to 1.
asio::awaitable<double> cpu_share(pid_t pid);

/// Waits until the process has ended, whoever reaps it; false if it has not within `limit`.
asio::awaitable<bool> ends_within(support::unique_fd pidfd, std::chrono::milliseconds limit);

/// A pidfd for a process that is not our child; empty if there is none.
[[nodiscard]] support::unique_fd open_process(pid_t pid);

/// The state in /proc/PID/stat: R, S, T for stopped, Z for a zombie, X for none at all.
[[nodiscard]] char state_of(pid_t pid);

/// Whether it has used much more cpu time than a worker does that only answers.
[[nodiscard]] bool computes(pid_t pid);

/// Looks again and again: for what nobody tells us.
asio::awaitable<void> until_seen(std::function<bool()> done);

}  // namespace tests
