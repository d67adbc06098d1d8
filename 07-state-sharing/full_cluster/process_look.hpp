// What the kernel says of a process.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace full_cluster {

/// Its proportional set size: its own pages, and its part of those that it shares, so that the
/// sizes of all workers add up.   [bytes]
/// @return 0 if the process has gone
/// @source proc(5), /proc/PID/smaps_rollup
[[nodiscard]] std::uint64_t memory_of(pid_t pid);

/// Whether a signal has stopped it.
[[nodiscard]] bool is_stopped(pid_t pid);

}  // namespace full_cluster
