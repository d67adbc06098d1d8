// When an empty slot is filled again. What the owner asks for, crash
// loops and failures to boot have files of their own.
#include "04-auto-restart/restart_policy.hpp"

#include <stdexcept>

#include "tests/04-auto-restart/policies.hpp"

using namespace tests;

TEST_CASE("at first all slots are due, and each is told once", "[04][restart_policy]") {
    restart_policy policy({}, 3, whole);
    REQUIRE(policy.next_due().has_value());
    CHECK(*policy.next_due() <= at(0s));
    CHECK(policy.due(at(0s)) == slots{0, 1, 2});
    CHECK(policy.due(at(0s)).empty());
    CHECK(policy.due(at(1h)).empty());
    CHECK_FALSE(policy.next_due().has_value());
}

TEST_CASE("a policy without slots has nothing to do", "[04][restart_policy]") {
    restart_policy policy({}, 0, whole);
    CHECK_FALSE(policy.next_due().has_value());
    CHECK(policy.due(at(1h)).empty());
}

TEST_CASE("a negative number of slots is refused", "[04][restart_policy]") {
    CHECK_THROWS_AS(restart_policy({}, -1, whole), std::invalid_argument);
    restart_policy policy({}, 1, whole);
    CHECK_THROWS_AS(policy.resize(-1), std::invalid_argument);
}

TEST_CASE("the first unwanted end fills the slot again at once", "[04][restart_policy]") {
    restart_policy policy = running({}, 2, at(0s));
    CHECK(policy.ended(1, at(1s)) == verdict::restart);
    CHECK(policy.next_due() == at(1s));
    CHECK(policy.due(at(1s)) == slots{1});
}

TEST_CASE("the delay is 100 ms the second time, and doubles up to 30 s", "[04][restart_policy]") {
    restart_policy policy = running(patient(), 1, at(0s));
    auto now = at(1s);
    for (const auto expected : {0ms, 100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 12800ms,
                                25600ms, 30000ms, 30000ms, 30000ms}) {
        CHECK(delay_after_end(policy, 0, now) == expected);
        now = *policy.next_due();
        CHECK(policy.due(now - 1ns).empty());
        CHECK(start_due(policy, now) == slots{0});
    }
}

TEST_CASE("a longest delay near the largest number is reached, not passed",
          "[04][restart_policy]") {
    restart_settings settings = patient();
    settings.first_delay = 1ms;
    // The largest delay that fits the clock's nanoseconds, from now on.
    settings.longest_delay = std::chrono::hours(24 * 365 * 200);
    restart_policy policy = running(settings, 1, at(0s));
    std::chrono::nanoseconds before{0};
    for (int n = 0; n < 100; ++n) {
        const auto delay = delay_after_end(policy, 0, at(0s));
        REQUIRE(delay >= before);
        REQUIRE(delay <= settings.longest_delay);
        before = delay;
        policy.fill(0, at(0s));
        start_due(policy, at(0s));
    }
    CHECK(before == settings.longest_delay);
}

TEST_CASE("a first delay above the longest is the longest", "[04][restart_policy]") {
    restart_settings settings = patient();
    settings.first_delay = 40s;
    restart_policy policy = running(settings, 1, at(0s));
    CHECK(delay_after_end(policy, 0, at(0s)) == 0s);
    start_due(policy, at(0s));
    CHECK(delay_after_end(policy, 0, at(0s)) == 30s);
}

TEST_CASE("the jitter is of the whole delay, and does not change what is doubled",
          "[04][restart_policy]") {
    double jitter = 0;
    restart_policy policy = running(patient(), 1, at(0s), [&] { return jitter; });
    CHECK(delay_after_end(policy, 0, at(0s)) == 0ms);
    start_due(policy, at(0s));
    CHECK(delay_after_end(policy, 0, at(0s)) == 0ms);
    start_due(policy, at(0s));
    jitter = 0.999;
    CHECK(delay_after_end(policy, 0, at(0s)) == 199'800us);
    start_due(policy, at(1s));
    jitter = 0.5;
    CHECK(delay_after_end(policy, 0, at(1s)) == 200ms);
}

TEST_CASE("a worker that was ready for 30 s starts over with the delays", "[04][restart_policy]") {
    restart_policy policy = running(patient(), 1, at(0s));
    CHECK(delay_after_end(policy, 0, at(0s)) == 0ms);
    start_due(policy, at(0s));
    CHECK(delay_after_end(policy, 0, at(1s)) == 100ms);
    start_due(policy, at(2s));
    SECTION("a nanosecond less is not enough") {
        CHECK(delay_after_end(policy, 0, at(32s) - 1ns) == 200ms);
    }
    SECTION("exactly 30 s are") {
        CHECK(delay_after_end(policy, 0, at(32s)) == 0ms);
        start_due(policy, at(32s));
        CHECK(delay_after_end(policy, 0, at(33s)) == 100ms);
    }
    SECTION("so are they before an exit that was wanted") {
        policy.fill(0, at(32s));
        start_due(policy, at(32s));
        CHECK(delay_after_end(policy, 0, at(33s)) == 0ms);
    }
}

TEST_CASE("time before the worker was ready does not make it healthy", "[04][restart_policy]") {
    restart_policy policy = running(patient(), 1, at(0s));
    policy.ended(0, at(0s));
    take_due(policy, at(0s));
    policy.started(0, at(0s));
    policy.ready(0, at(20s));
    CHECK(delay_after_end(policy, 0, at(49s)) == 100ms);
}

TEST_CASE("a worker that says again that it is ready, or says it too late, changes nothing",
          "[04][restart_policy]") {
    restart_policy policy = running(patient(), 1, at(0s));
    policy.ended(0, at(0s));
    start_due(policy, at(0s));
    policy.ready(0, at(20s));
    CHECK(delay_after_end(policy, 0, at(30s)) == 0ms);  // healthy since the first time
    policy.ready(0, at(30s));
    CHECK(policy.due(at(30s)) == slots{0});
}

TEST_CASE("each slot has delays of its own", "[04][restart_policy]") {
    restart_policy policy = running(patient(), 2, at(0s));
    CHECK(delay_after_end(policy, 0, at(0s)) == 0ms);
    start_due(policy, at(0s));
    CHECK(delay_after_end(policy, 0, at(0s)) == 100ms);
    CHECK(policy.ended(1, at(0s)) == verdict::restart);
    CHECK(policy.due(at(0s)) == slots{1});
}

TEST_CASE("slots that are due together are told lowest first", "[04][restart_policy]") {
    restart_policy policy = running({}, 3, at(0s));
    policy.ended(2, at(1s));
    policy.ended(0, at(2s));
    CHECK(policy.next_due() == at(1s));
    CHECK(policy.due(at(2s)) == slots{0, 2});
}

TEST_CASE("the end of an empty slot changes nothing", "[04][restart_policy]") {
    restart_policy policy = running(patient(), 1, at(0s));
    CHECK(policy.ended(0, at(1s)) == verdict::restart);
    CHECK(policy.ended(0, at(2s)) == verdict::restart);
    CHECK(policy.next_due() == at(1s));
    CHECK(policy.ended(7, at(2s)) == verdict::waiting);
    CHECK(policy.ended(-1, at(2s)) == verdict::waiting);
}
