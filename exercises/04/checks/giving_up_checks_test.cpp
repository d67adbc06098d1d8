// Which ends count, and what giving up means: what a submission's policy says, event by event.
#include <sstream>

#include "tests/04-auto-restart/policies.hpp"

using namespace tests;

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

TEST_CASE("an end in a slot that has no worker changes nothing", "[04][exercise]") {
    restart_policy policy = running(patient(), 1, at(0s));
    policy.ended(0, at(1s));
    take_due(policy, at(1s));
    policy.ended(0, at(2s));  // due at 2.1 s
    for (int again = 0; again < 3; ++again) policy.ended(0, at(2s) + 50ms);
    std::ostringstream seconds;
    if (const auto due = policy.next_due())
        seconds << std::chrono::duration<double>(*due - at(0s)).count() << " s";
    else
        seconds << "no time at all";
    if (policy.next_due() != at(2s) + 100ms)
        FAIL(
            "observed: a slot was empty, and its next worker due at 2.1 s; an end was reported for "
            "it at 2.05 s all the same, and now it is due at "
            << seconds.str());
    restart_policy never({}, 1, whole);
    take_due(never, at(0s));
    for (int told = 1; told <= 5; ++told) {
        if (never.ended(0, at(0s)) == verdict::boot_failed)
            FAIL("observed: one worker had failed to boot; told of its end "
                 << told << " times the policy says boot_failed, as if there had been so many");
    }
    policy.retire(0);
    if (policy.ended(0, at(3s)) != verdict::waiting || policy.next_due())
        FAIL("observed: slot 0 was retired, and an end in it made it due again");
    for (const int nowhere : {-1, 1}) {
        if (policy.ended(nowhere, at(3s)) != verdict::waiting || policy.next_due())
            FAIL("observed: there is one slot, number 0; an end in slot " << nowhere
                                                                          << " made one due");
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
    if (policy.fills(1, at(30s)))
        FAIL(
            "observed: the end in slot 1 was one too many, and 28 s later the policy still says "
            "that slot 1 has a worker: nobody will ever be tried in it");
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

    restart_policy other = given_up(at(0s), 3);
    take_due(other, at(60s));
    other.ready(0, at(61s));
    other.ended(1, at(70s));  // the survivor
    due = start_due(other, at(91s));
    if (due != slots{1} || other.gave_up())
        FAIL(
            "observed: slot 0 was on trial, and healthy at 91 s; the worker of slot 1 had ended "
            "before that, and then these were due: "
            << describe(due) << (other.gave_up() ? "; the policy still gives up" : ""));

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
