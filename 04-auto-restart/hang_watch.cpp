#include "04-auto-restart/hang_watch.hpp"

namespace cluster {

hang_watch::verdict hang_watch::look(std::uint64_t ticks, time_point now) {
    const bool held_up = now - last_look_ > limits_.silence / 2;
    last_look_ = now;
    if (phase_ == phase::aborted && now - aborted_at_ >= limits_.abort_time) {
        phase_ = phase::killed;
        return verdict::kill_it;
    }
    if (phase_ != phase::watching) return verdict::fine;
    if (ticks != ticks_ || (quiet_since_ && held_up)) quiet_since_ = now;
    ticks_ = ticks;
    if (!quiet_since_ || now - *quiet_since_ < limits_.silence) return verdict::fine;
    phase_ = phase::aborted;
    aborted_at_ = now;
    return verdict::abort_it;
}

std::optional<hang_watch::time_point> hang_watch::next_look() const {
    if (phase_ == phase::killed) return std::nullopt;
    if (phase_ == phase::aborted) return aborted_at_ + limits_.abort_time;
    return last_look_ + step();
}

}  // namespace cluster
