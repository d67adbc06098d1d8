// Whether a worker answers for the connections that it is offered.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "05-round-robin/worker_account.hpp"

namespace cluster {

/// Says which workers have had offers for too long and been silent.
///
/// It knows no clock: the owner looks at next_look(), or a little later. Silence counts only as far
/// as it was watched: when the owner itself was held up (stopped, or the machine asleep), so were
/// the workers, perhaps, and they get the whole time again.
class answer_watch {
  public:
    /// @param limit  how long a worker that owes answers may give none   [milliseconds]
    explicit answer_watch(std::chrono::milliseconds limit) : limit_(limit) {}

    /// The worker was offered so many connections.
    void offered(int worker, int count, steady_time now);
    /// It has answered for one of them.
    void answered(int worker, steady_time now);
    /// It owes nothing any more.
    void forget(int worker) { workers_.erase(worker); }

    /// The workers that have been silent for the limit, by their ids.
    [[nodiscard]] std::vector<int> look(steady_time now);
    /// When to look again; empty while nobody owes an answer.
    [[nodiscard]] std::optional<steady_time> next_look() const;

  private:
    struct debtor {
        int unanswered = 0;
        steady_time heard;  // the last answer, or the first offer after all were answered
    };

    // Ten looks fit into the limit, so that it is exceeded by a tenth at most.
    [[nodiscard]] std::chrono::milliseconds step() const {
        return std::max(limit_ / 10, std::chrono::milliseconds(1));
    }

    std::chrono::milliseconds limit_;
    std::map<int, debtor> workers_;
    steady_time last_look_ = steady_time::min();
};

}  // namespace cluster
