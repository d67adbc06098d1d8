// The part of dispatcher that hears what its workers answer.
#include <algorithm>
#include <utility>

#include "05-round-robin/dispatcher.hpp"

namespace cluster {
namespace {

using clock = std::chrono::steady_clock;

// How long an answer that wakes nobody may stay unseen. So long at most does our copy keep open
// what a worker has closed without a shutdown(2).
constexpr std::chrono::milliseconds quiet_time{2};

}  // namespace

carrier_events dispatcher::events_of(int worker) {
    carrier_events events;
    events.accepted = [this, worker](int fd) { answered(worker, fd); };
    events.refused = [this, worker](int fd, refusal why) { came_back(worker, fd, why); };
    events.has_room = [this, worker] {
        queue_.has_room(worker);
        go_on_soon();
    };
    events.ended = [this, worker](const std::string& fault) { ended(worker, fault); };
    return events;
}

void dispatcher::answered(int worker, int fd) {
    if (!queue_.accepted(worker, static_cast<std::uint64_t>(fd))) return;
    answers_.answered(worker, clock::now());
    held_[static_cast<std::size_t>(fd)].reset();
    go_on_soon();
}

void dispatcher::came_back(int worker, int fd, refusal why) {
    answers_.answered(worker, clock::now());
    queue_.refused(worker, static_cast<std::uint64_t>(fd), why, clock::now());
    go_on_soon();
}

void dispatcher::ended(int worker, const std::string& fault) {
    if (members_.erase(worker) == 0) return;
    answers_.forget(worker);
    if (fault.empty()) {
        queue_.left(worker, clock::now());
    } else {
        // A worker that broke the rules may be reading what it has not answered for. Nobody else
        // gets that before this one has ended: see gone().
        queue_.leave(worker, clock::now());
        if (on_fault) on_fault(worker, fault);
    }
    go_on_soon();
}

// False if we are destroyed by what is told. A worker may end at it, and be forgotten.
template <class Action>
bool dispatcher::each_carrier(Action act) {
    const support::weak_ref self(anchor_);
    for (auto at = members_.begin(); at != members_.end();) {
        const int id = at->first;
        act(*at->second.carrier);
        if (!self) return false;
        at = members_.upper_bound(id);
    }
    return true;
}

bool dispatcher::quiet_answers_to_come() const {
    return std::any_of(members_.begin(), members_.end(),
                       [](const auto& each) { return each.second.carrier->answers_quietly(); });
}

// Most answers wake nobody, and are looked at whenever we are awake.
bool dispatcher::look_at_answers() {
    const bool on_its_way = std::exchange(going_on_, true);  // what is told makes us go on: we do
    if (!each_carrier([](connection_carrier& each) { each.look(); })) return false;
    going_on_ = on_its_way;
    return true;
}

// Who cannot go on asks to be woken by the first worker that has answered for everything: one that
// has more to answer has more to do, and so it is given many connections at once. When nothing else
// has woken us for a while, the next answer shall.
bool dispatcher::wait_for_answers(steady_time now) {
    const bool overdue = look_at_ <= now;
    look_at_ = clock::time_point::max();
    if (!quiet_answers_to_come()) return true;
    if (overdue) return each_carrier([](connection_carrier& each) { each.wake_at_answer(); });
    look_at_ = now + quiet_time;
    if (queue_.wants(now) > 0 && queue_.size() == 0) return true;
    return each_carrier([](connection_carrier& each) { each.wake_at_last_answer(); });
}

// Who has had an offer for so long and said nothing never will.
void dispatcher::accuse_the_silent() {
    for (const int id : answers_.look(clock::now())) {
        ended(id, "it did not answer for its connections");
    }
}

}  // namespace cluster
