// When a slot is filled again: what a submission's policy says, event by event.
#include <algorithm>
#include <sstream>

#include "tests/04-auto-restart/policies.hpp"

using namespace tests;

namespace {

using lengths = std::vector<std::chrono::nanoseconds>;

std::string milliseconds_of(const lengths& times) {
    std::ostringstream text;
    for (const auto& each : times) {
        text << (text.tellp() > 0 ? ", " : "")
             << std::chrono::duration<double, std::milli>(each).count();
    }
    return text.str() + " ms";
}

// How long after its end at `now` the slot is due.
std::chrono::nanoseconds delay_of_end(restart_policy& policy, restart_policy::time_point now) {
    policy.ended(0, now);
    const auto next = policy.next_due();
    if (!next) FAIL("observed: after an end nothing is due, now or later");
    return *next - now;
}

// The delays of a worker that fails each time before it is ready.
lengths delays_in_a_row(restart_policy& policy, std::size_t count) {
    lengths delays;
    auto now = at(1s);
    while (delays.size() < count) {
        delays.push_back(delay_of_end(policy, now));
        now = std::max(now, *policy.next_due());
        take_due(policy, now);
    }
    return delays;
}

// How often the worker of slot 0 may end at `now`; 100 if there is no end of it.
int ends_that_are_borne(restart_policy& policy, restart_policy::time_point now) {
    for (int borne = 0; borne < 100; ++borne) {
        if (policy.ended(0, now) == verdict::give_up) return borne;
        policy.fill(0, now);
        start_due(policy, now);
    }
    return 100;
}

// Whether ends of five ready workers, one after another, are too many at the last of them.
bool gives_up(const restart_settings& settings, const std::vector<int>& seconds) {
    restart_policy policy = running(settings, 5, at(0s));
    verdict last = verdict::restart;
    for (std::size_t end = 0; end < seconds.size(); ++end)
        last = policy.ended(static_cast<int>(end), at(seconds[end] * 1s));
    return last == verdict::give_up;
}

// A microsecond does not matter: numbers with a point were multiplied.
void compare(const std::string& what, const lengths& observed, const lengths& wanted) {
    const bool same =
        std::equal(observed.begin(), observed.end(), wanted.begin(), wanted.end(),
                   [](auto one, auto other) { return one - other <= 1us && other - one <= 1us; });
    if (!same)
        FAIL("observed: " << what << " were " << milliseconds_of(observed) << ", not "
                          << milliseconds_of(wanted));
}

}  // namespace

TEST_CASE("each end in a row is waited for twice as long, up to the longest delay",
          "[04][exercise]") {
    restart_policy policy = running(patient(), 1, at(0s));
    const lengths wanted = {0ms,    100ms,  200ms,   400ms,   800ms,   1600ms,
                            3200ms, 6400ms, 12800ms, 25600ms, 30000ms, 30000ms};
    const lengths observed = delays_in_a_row(policy, wanted.size());
    if (observed == lengths(wanted.size(), 0ns))
        FAIL(
            "observed: all the delays after ends in a row were 0: nothing grows, or it is "
            "forgotten "
            "each time, though the worker had not even been ready");
    const auto forgotten = std::find(observed.begin() + 1, observed.end(), 0ns) - observed.begin();
    if (std::equal(observed.begin(), observed.begin() + forgotten, wanted.begin()) &&
        forgotten != std::ssize(observed))
        FAIL("observed: the delay went back to 0 after "
             << forgotten << " ends without a worker that was ready: look at forgive_if_healthy");
    compare("the delays after ends in a row", observed, wanted);
    restart_settings other = patient();
    other.first_delay = 300ms;
    other.longest_delay = 1s;
    restart_policy set = running(other, 1, at(0s));
    compare("the delays with a first one of 300 ms and a longest of 1 s", delays_in_a_row(set, 5),
            {0ms, 300ms, 600ms, 1000ms, 1000ms});
}

TEST_CASE("each delay is multiplied by a random number, and what is doubled is not",
          "[04][exercise]") {
    const std::vector<double> numbers = {0.9, 0.5, 0.25, 0.999, 0.5};
    std::size_t taken = 0;
    restart_policy policy =
        running(patient(), 1, at(0s), [&] { return numbers[taken++ % numbers.size()]; });
    const lengths wanted = {0ms, 50ms, 50ms, 399'600us, 400ms};
    compare("the delays with the random numbers 0.9, 0.5, 0.25, 0.999 and 0.5",
            delays_in_a_row(policy, wanted.size()), wanted);
}

TEST_CASE("the delays of a slot start over after 30 healthy seconds, and not before",
          "[04][exercise]") {
    restart_policy policy = running(patient(), 1, at(0s));
    delays_in_a_row(policy, 2);  // 0 and 100 ms; the next would be 200
    policy.ready(0, at(10s));
    const auto too_early = delay_of_end(policy, at(40s) - 1ns);
    if (too_early != 200ms)
        FAIL("observed: a worker that was ready for 1 ns less than 30 s ended, and the delay was "
             << milliseconds_of({too_early}) << " as if it had been healthy, not 200 ms");
    take_due(policy, at(41s));
    policy.ready(0, at(50s));
    const auto in_time = delay_of_end(policy, at(80s));
    if (in_time != 0ms)
        FAIL("observed: a worker that was ready for 30 s ended, and the delay was "
             << milliseconds_of({in_time}) << ", not 0: what went before was not forgotten");
    take_due(policy, at(80s));
    const auto next = delay_of_end(policy, at(81s));
    if (next != 100ms)
        FAIL("observed: after the delays had started over, the second was "
             << milliseconds_of({next}) << ", not 100 ms");
}

TEST_CASE("who was healthy lets the delays of its own slot start over, and nothing else",
          "[04][exercise]") {
    restart_policy two = running(patient(), 2, at(0s));
    two.ended(1, at(1s));
    start_due(two, at(1s));
    two.ended(0, at(30s));  // healthy
    start_due(two, at(30s));
    two.ended(1, at(30s));  // hardly up
    if (two.next_due() != at(30s) + 100ms)
        FAIL(
            "observed: slot 0's worker was healthy, and slot 1's was not; after the end of both "
            "slot 1 was due at once and not after 100 ms: the delay of another slot was forgotten");
    restart_settings settings;
    settings.limit = 3;
    settings.healthy_after = 1s;
    if (!gives_up(settings, {20, 40, 60, 61}))
        FAIL(
            "observed: four ends within 41 s were not too many for a limit of 3, since the workers "
            "had been healthy: health lets a delay start over, and the ends still count");
}

TEST_CASE("more ends than the limit within the last minute are too many", "[04][exercise]") {
    restart_settings settings;
    settings.limit = 3;
    restart_policy quick = running(settings, 5, at(0s));
    for (int end = 1; end <= 4; ++end) {
        const bool gives_up = quick.ended(end - 1, at(end * 1s)) == verdict::give_up;
        if (gives_up != (end == 4))
            FAIL("observed: with a limit of 3 the policy "
                 << (gives_up ? "gave up at" : "still went on after") << " end number " << end
                 << " within a minute");
    }
    settings.healthy_after = 1h;  // so that nobody is healthy
    if (gives_up(settings, {0, 20, 40, 60}))
        FAIL(
            "observed: with a limit of 3 the policy gave up after ends at 0, 20, 40 and 60 s: it "
            "still counts the first, which is a minute old");
    if (!gives_up(settings, {20, 40, 60, 61}))
        FAIL("observed: ends at 20, 40, 60 and 61 s, four within 41 s, were borne with a limit of "
             << "3, though no worker had been healthy");
    if (!gives_up(settings, {0, 20, 40, 60, 61}))
        FAIL(
            "observed: ends at 20, 40, 60 and 61 s are too many for a limit of 3, but not if there "
            "was one at 0 s, too: the one that is too old took younger ones with it");
    settings.window = 10s;
    if (gives_up(settings, {0, 4, 8, 10}) || !gives_up(settings, {0, 4, 8, 9}))
        FAIL("observed: with a limit of 3 and a window of 10 s ends at 0, 4, 8 and 10 s were "
             << (gives_up(settings, {0, 4, 8, 10}) ? "too many" : "borne")
             << ", and those at 0, 4, 8 and 9 s were "
             << (gives_up(settings, {0, 4, 8, 9}) ? "too many" : "borne"));
    for (const auto& [count, wanted] : {std::pair(5, 15), std::pair(1, 10)}) {
        restart_policy by_size = running({}, count, at(0s));
        const int borne = ends_that_are_borne(by_size, at(1s));
        if (borne != wanted)
            FAIL("observed: with " << count << " slots and no limit given " << borne
                                   << " ends were borne, not " << wanted);
    }
}
