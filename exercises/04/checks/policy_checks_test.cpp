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
    compare("the delays after ends in a row", observed, wanted);
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
    restart_policy slow = running(settings, 5, at(0s));
    for (int end = 0; end < 4; ++end) {  // at 0, 20, 40 and 60 s
        if (slow.ended(end, at(end * 20s)) == verdict::give_up)
            FAIL(
                "observed: with a limit of 3 the policy gave up after ends at 0, 20, 40 and 60 s: "
                "it still counts the first, which is a minute old");
    }
    if (slow.ended(4, at(61s)) != verdict::give_up)
        FAIL(
            "observed: ends at 20, 40, 60 and 61 s, four within 41 s, were not too many for a "
            "limit of 3: one that is too old took the younger ones with it");
    for (const auto& [count, wanted] : {std::pair(5, 15), std::pair(1, 10)}) {
        restart_policy by_size = running({}, count, at(0s));
        const int borne = ends_that_are_borne(by_size, at(1s));
        if (borne != wanted)
            FAIL("observed: with " << count << " slots and no limit given " << borne
                                   << " ends were borne, not " << wanted);
    }
}

TEST_CASE("a worker that never came up is no crash, and at last nothing can come up",
          "[04][exercise]") {
    restart_settings settings;
    settings.limit = 1;
    restart_policy policy = running(settings, 1, at(0s));
    policy.ended(0, at(0s));
    for (int failure = 1; failure <= 5; ++failure) {
        const auto now = std::max(at(0s), policy.next_due().value_or(at(0s)));
        take_due(policy, now);
        if (policy.ended(0, now) != verdict::restart)
            FAIL("observed: one worker had crashed, then failure number "
                 << failure << " to come up was held against the limit of 1 crash");
    }
    restart_policy never({}, 2, whole);
    for (int failure = 1; failure <= 8; ++failure) {
        const auto now = at(failure * 1min);  // after every delay
        take_due(never, now);
        const bool final = never.ended((failure - 1) % 2, now) == verdict::boot_failed;
        if (final != (failure == 6))
            FAIL("observed: of 2 slots none had ever come up, and failure number "
                 << failure << (final ? " was" : " was not") << " told as boot_failed; it is the "
                 << "third of the second slot, number 6, and told once");
    }
}

TEST_CASE("who gives up starts nobody, not even those that were scheduled", "[04][exercise]") {
    restart_settings settings;
    settings.limit = 2;
    settings.first_delay = 20s;
    settings.cool_down = 60s;
    restart_policy policy = running(settings, 3, at(0s));
    policy.ended(0, at(0s));
    start_due(policy, at(0s));
    policy.ended(0, at(1s));  // due at 21 s
    const auto said = policy.ended(1, at(2s));
    if (said != verdict::give_up || !policy.gave_up())
        FAIL("observed: one end more than the limit of 2 was not answered with give_up");
    if (!policy.due(at(30s)).empty())
        FAIL("observed: 28 s after giving up slot 0, which had been scheduled before, was due");
    const auto survivor = policy.ended(2, at(31s));
    const auto after = policy.due(at(61s));
    if (survivor != verdict::waiting || !after.empty())
        FAIL("observed: the survivor in slot 2 ended after the policy had given up, and was "
             << (after.empty() ? "promised a" : "given its") << " replacement");
    if (policy.next_due() != at(62s))
        FAIL(
            "observed: the policy gave up at 2 s and shall look again after a cool-down of 60 s; "
            "it says "
            << (policy.next_due() ? "another time" : "never"));
}

TEST_CASE("after the cool-down one slot is tried, and its health decides for all",
          "[04][exercise]") {
    restart_policy policy = given_up(at(0s), 3);
    policy.ended(1, at(1s));
    const auto describe = [](const slots& due) {
        std::string text = due.empty() ? "none" : "";
        for (const int slot : due) text += (text.empty() ? "" : " and ") + std::to_string(slot);
        return text;
    };
    auto due = take_due(policy, at(60s));
    if (due != slots{0})
        FAIL("observed: after the cool-down, with slots 0 and 1 empty, these were tried: "
             << describe(due) << "; one is to be tried");
    policy.ready(0, at(61s));
    if (policy.ended(0, at(70s)) != verdict::waiting || !policy.due(at(130s) - 1ns).empty())
        FAIL(
            "observed: the trial ended at 70 s, and was followed by another before a new cool-down "
            "of 60 s was over");
    due = take_due(policy, at(130s));
    if (due != slots{0})
        FAIL("observed: 60 s after a trial that failed these were tried: " << describe(due));
    policy.ready(0, at(140s));
    if (!policy.due(at(170s) - 1ns).empty())
        FAIL("observed: others were due before the trial had been ready for 30 s");
    due = start_due(policy, at(170s));
    if (due != slots{1} || policy.gave_up())
        FAIL("observed: the trial was healthy at 170 s, and then these were due: "
             << describe(due) << (policy.gave_up() ? "; the policy still gives up" : ""));

    // The same within seconds, so that what is not forgotten is not too old either.
    restart_settings short_ones;
    short_ones.limit = 2;
    short_ones.cool_down = short_ones.healthy_after = 1s;
    restart_policy brief = running(short_ones, 2, at(0s));
    for (const int slot : {1, 0}) {
        brief.ended(slot, at(0s));
        start_due(brief, at(0s));
    }
    brief.ended(0, at(0s));  // gives up
    brief.ended(1, at(0s));
    start_due(brief, at(1s));
    start_due(brief, at(2s));
    const auto again = brief.ended(1, at(2s));
    if (again != verdict::restart || brief.next_due() != at(2s))
        FAIL("observed: the trial was healthy, and then another worker ended, which was "
             << (again == verdict::restart ? "followed by a delay" : "too much at once")
             << ": what was before the trial was not forgotten");
}
