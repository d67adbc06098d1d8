// Whether a worker hangs, judged by its heartbeat.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace cluster {

/// How patient one is with a worker that does not tick.
struct hang_limits {
    /// Without a tick for this long a worker hangs.   [milliseconds]
    std::chrono::milliseconds silence{30'000};
    /// From SIGABRT, which lets it leave a core file, to SIGKILL.   [milliseconds]
    std::chrono::milliseconds abort_time{2'000};
};

/// Looks at a worker's ticks from time to time and says when it has to be ended.
///
/// It knows neither processes nor clocks: the caller looks at next_look(), or a little later. A
/// worker that has never ticked is not watched: it may be a program that knows nothing of ticks,
/// such as Node, or still be starting. Silence counts only as far as it was watched: when the
/// caller itself was held up (stopped, or the machine asleep), so was the worker, perhaps, and it
/// gets the whole time again.
class hang_watch {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    hang_watch(hang_limits limits, time_point now) : limits_(limits), last_look_(now) {}

    /// What to do with the worker.
    enum class verdict {
        fine,      ///< nothing
        abort_it,  ///< it hangs: SIGABRT; said once
        kill_it,   ///< it had its time to abort: SIGKILL; said once, whether it ticks again or not
    };

    /// @param ticks  how often the worker has ticked until now; only a change means something
    verdict look(std::uint64_t ticks, time_point now);

    /// When to look again; empty when all has been said.
    [[nodiscard]] std::optional<time_point> next_look() const;

  private:
    enum class phase { watching, aborted, killed };

    // Ten looks fit into the limit, so that it is exceeded by a tenth at most.
    [[nodiscard]] std::chrono::milliseconds step() const {
        return std::max(limits_.silence / 10, std::chrono::milliseconds(1));
    }

    hang_limits limits_;
    phase phase_ = phase::watching;
    std::uint64_t ticks_ = 0;
    time_point last_look_;
    std::optional<time_point> quiet_since_;  // the first look that saw this number; empty: no tick
    time_point aborted_at_;
};

}  // namespace cluster
