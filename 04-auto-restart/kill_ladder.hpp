// Asking, then insisting.
#pragma once

#include <chrono>

#include "01-spawn-exec/child.hpp"
#include "support/asio.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

/// Ends a process that may not want to: waits for it to leave by itself, then SIGTERM, then
/// SIGKILL.
///
/// SIGTERM comes with SIGCONT, since a stopped process takes no other signal.
class kill_ladder {
  public:
    /// @lifetime process must outlive the ladder
    kill_ladder(const asio::any_io_executor& executor, child_process::child& process,
                std::chrono::milliseconds term_limit);
    kill_ladder(const kill_ladder&) = delete;
    kill_ladder& operator=(const kill_ladder&) = delete;

    /// The process has been asked to leave: it has `limit` from now, then comes SIGTERM, and
    /// `term_limit` later SIGKILL. Called again, the earlier end counts.
    void leave_within(std::chrono::milliseconds limit);

    /// SIGKILL after `limit`, with nothing before it.
    void kill_within(std::chrono::milliseconds limit);

  private:
    using time_point = std::chrono::steady_clock::time_point;
    void step_at(time_point when, int signal);
    void step();

    child_process::child& process_;
    std::chrono::milliseconds term_limit_;
    asio::steady_timer timer_;
    int next_signal_ = 0;  // 0: nobody has to leave
    time_point when_;
    support::weak_anchor<kill_ladder> anchor_{this};
};

}  // namespace cluster
