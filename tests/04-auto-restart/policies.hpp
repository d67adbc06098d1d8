// Feeding a restart policy by hand, as many tests do.
#pragma once

#include <chrono>

#include "04-auto-restart/restart_policy.hpp"
#include "tests/catch.hpp"

namespace tests {

using namespace std::chrono_literals;
using cluster::restart_policy;
using cluster::restart_settings;
using verdict = restart_policy::verdict;
using slots = std::vector<int>;

/// Some moment, long after the clock's epoch, and the moments after it.
inline restart_policy::time_point at(std::chrono::nanoseconds since_start) {
    return restart_policy::time_point(std::chrono::hours(1000)) + since_start;
}

/// Instead of a random number: almost the whole delay, so that the delays can be read off.
inline double whole() {
    return 1.0;
}

/// A limit that no test means to reach.
inline restart_settings patient() {
    restart_settings settings;
    settings.limit = 1'000'000;
    return settings;
}

/// Starts whatever is due.
inline slots take_due(restart_policy& policy, restart_policy::time_point now) {
    slots due = policy.due(now);
    for (const int slot : due) policy.started(slot, now);
    return due;
}

/// Starts whatever is due and has it ready at once.
inline slots start_due(restart_policy& policy, restart_policy::time_point now) {
    slots due = take_due(policy, now);
    for (const int slot : due) policy.ready(slot, now);
    return due;
}

/// A policy whose slots all have a ready worker at `now`.
inline restart_policy running(const restart_settings& settings, int count,
                              restart_policy::time_point now,
                              const restart_policy::random& jitter = whole) {
    restart_policy policy(settings, count, jitter);
    start_due(policy, now);
    return policy;
}

/// How long after its end the slot is due again.
inline std::chrono::nanoseconds delay_after_end(restart_policy& policy, int slot,
                                                restart_policy::time_point now) {
    REQUIRE(policy.ended(slot, now) == verdict::restart);
    REQUIRE(policy.next_due().has_value());
    return *policy.next_due() - now;
}

/// Ends slot 0, which is started again each time, until the policy gives up; all at `now`.
inline int ends_until_give_up(restart_policy& policy, restart_policy::time_point now) {
    for (int ends = 1;; ++ends) {
        if (policy.ended(0, now) == verdict::give_up) return ends;
        REQUIRE(ends < 1000);
        policy.fill(0, now);
        start_due(policy, now);
    }
}

/// A policy with two slots that has given up at `now`: slot 0 is empty, slot 1 serves.
inline restart_policy given_up(restart_policy::time_point now, int count = 2) {
    restart_settings settings;
    settings.limit = 3;
    restart_policy policy = running(settings, count, now);
    ends_until_give_up(policy, now);
    return policy;
}

}  // namespace tests
