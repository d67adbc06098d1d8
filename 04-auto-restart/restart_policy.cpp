#include "04-auto-restart/restart_policy.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cluster {

restart_policy::restart_policy(restart_settings settings, int slots, random jitter)
    : settings_(settings), jitter_(std::move(jitter)) {
    resize(slots);
}

void restart_policy::resize(int slots) {
    if (slots < 0) throw std::invalid_argument("restart_policy: a negative number of slots");
    slot fresh;
    if (episode_) fresh.is = state::waiting;
    slots_.resize(static_cast<std::size_t>(slots), fresh);
    for (slot& each : slots_) {
        if (each.is == state::retired) each = fresh;
    }
    if (episode_ && episode_->trial >= slots) episode_->trial.reset();  // empty is less than any
}

void restart_policy::started(int number, time_point now) {
    advance(now);
    slot* which = find(number);
    if (which != nullptr) which->is = state::starting;
}

void restart_policy::ready(int number, time_point now) {
    advance(now);
    slot* which = find(number);
    if (which == nullptr || which->is != state::starting) return;
    which->is = state::ready;
    which->ready_since = now;
    ever_ready_ = true;
}

restart_policy::verdict restart_policy::ended(int number, time_point now) {
    advance(now);
    slot* which = find(number);
    if (which == nullptr || which->is == state::retired) return verdict::waiting;
    if (which->is == state::scheduled) return verdict::restart;
    if (episode_) return ended_in_episode(number, now);

    forgive_if_healthy(*which, now);
    const bool was_ready = which->is == state::ready;
    if (was_ready && too_many(now)) {
        which->is = state::waiting;
        return give_up(now);
    }
    schedule(*which, now);
    if (!was_ready) ++which->boot_failures;
    return all_failed_to_boot() ? verdict::boot_failed : verdict::restart;
}

void restart_policy::retire(int number) {
    slot* which = find(number);
    if (which == nullptr) return;
    *which = {};
    which->is = state::retired;
    // The cool-down of the trial that ends here is over: another slot takes its place at once.
    if (episode_ && episode_->trial == number) episode_->trial.reset();
}

void restart_policy::fill(int number, time_point now) {
    advance(now);
    slot* which = find(number);
    if (which == nullptr) return;
    forgive_if_healthy(*which, now);
    which->is = state::scheduled;
    which->due = now;
}

std::optional<restart_policy::time_point> restart_policy::next_due() const {
    std::optional<time_point> first;
    const auto take = [&](time_point when) { first = first ? std::min(*first, when) : when; };
    for (const slot& each : slots_) {
        if (each.is == state::scheduled) take(each.due);
    }
    if (!episode_) return first;
    if (!episode_->trial) {
        take(episode_->next_trial);
    } else if (const auto healthy = healthy_at(slots_[*episode_->trial])) {
        take(*healthy);
    }
    return first;
}

std::vector<int> restart_policy::due(time_point now) {
    advance(now);
    std::vector<int> result;
    for (std::size_t n = 0; n < slots_.size(); ++n) {
        if (slots_[n].is != state::scheduled || slots_[n].due > now) continue;
        slots_[n].is = state::starting;
        result.push_back(static_cast<int>(n));
    }
    return result;
}

bool restart_policy::fills(int number, time_point by) const {
    if (number < 0 || number >= static_cast<int>(slots_.size())) return false;
    const slot& which = slots_[static_cast<std::size_t>(number)];
    if (which.is == state::scheduled) return which.due <= by;
    return which.is == state::starting || which.is == state::ready;
}

// What time alone brings about. It comes before every event, so that the order of events decides
// and not how promptly the owner asked for due().
void restart_policy::advance(time_point now) {
    if (!episode_) return;
    if (!episode_->trial && episode_->next_trial <= now) begin_trial();
    if (!episode_ || !episode_->trial) return;
    const auto healthy = healthy_at(slots_[*episode_->trial]);
    if (healthy && *healthy <= now) end_episode();
}

void restart_policy::begin_trial() {
    const auto empty = std::find_if(slots_.begin(), slots_.end(),
                                    [](const slot& each) { return each.is == state::waiting; });
    // No slot is empty any more, since the owner filled or dropped them: nothing is left to try.
    if (empty == slots_.end()) return end_episode();
    empty->is = state::scheduled;
    empty->due = episode_->next_trial;
    episode_->trial = static_cast<int>(empty - slots_.begin());
}

void restart_policy::end_episode() {
    episode_.reset();
    exits_.clear();
    for (slot& each : slots_) {
        each.delay = {};
        if (each.is != state::waiting) continue;
        each.is = state::scheduled;
        each.due = {};
    }
}

restart_policy::verdict restart_policy::ended_in_episode(int number, time_point now) {
    slots_[number].is = state::waiting;
    if (episode_->trial == number) episode_ = {now + settings_.cool_down, std::nullopt};
    return verdict::waiting;
}

restart_policy::verdict restart_policy::give_up(time_point now) {
    episode_ = {now + settings_.cool_down, std::nullopt};
    for (slot& each : slots_) {
        if (each.is == state::scheduled) each.is = state::waiting;
    }
    return verdict::give_up;
}

void restart_policy::forgive_if_healthy(slot& which, time_point now) {
    const auto healthy = healthy_at(which);
    if (healthy && *healthy <= now) which.delay = {};
}

void restart_policy::schedule(slot& which, time_point now) {
    const std::chrono::duration<double, std::milli> delay(static_cast<double>(which.delay.count()) *
                                                          jitter_());
    which.is = state::scheduled;
    which.due = now + std::chrono::duration_cast<time_point::duration>(delay);
    // Compared before it is doubled: the doubled number might not exist.
    const auto longest = settings_.longest_delay;
    if (which.delay.count() == 0) {
        which.delay = std::min(settings_.first_delay, longest);
    } else {
        which.delay = which.delay > longest / 2 ? longest : which.delay * 2;
    }
}

bool restart_policy::too_many(time_point now) {
    exits_.push_back(now);
    const auto forgotten = [&](time_point exit) { return now - exit >= settings_.window; };
    while (!exits_.empty() && forgotten(exits_.front())) exits_.pop_front();
    const int slots = static_cast<int>(slots_.size());
    const int limit = settings_.limit > 0 ? settings_.limit : std::max(10, 3 * slots);
    return exits_.size() > static_cast<std::size_t>(limit);
}

bool restart_policy::all_failed_to_boot() {
    if (ever_ready_ || said_boot_failed_) return false;
    said_boot_failed_ = std::all_of(slots_.begin(), slots_.end(), [&](const slot& each) {
        return each.is == state::retired || each.boot_failures >= settings_.boot_attempts;
    });
    return said_boot_failed_;
}

std::optional<restart_policy::time_point> restart_policy::healthy_at(const slot& which) const {
    if (which.is != state::ready) return std::nullopt;
    return which.ready_since + settings_.healthy_after;
}

restart_policy::slot* restart_policy::find(int number) {
    const bool exists = number >= 0 && number < static_cast<int>(slots_.size());
    return exists ? &slots_[number] : nullptr;
}

}  // namespace cluster
