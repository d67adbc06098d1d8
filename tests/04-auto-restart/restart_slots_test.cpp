// What the owner of a restart policy asks for: more slots, fewer, an empty one, a full one.
#include "04-auto-restart/restart_policy.hpp"
#include "tests/04-auto-restart/policies.hpp"

using namespace tests;

TEST_CASE("a slot that is retired stays empty", "[04][restart_policy]") {
    restart_policy policy = running({}, 2, at(0s));
    policy.retire(1);
    CHECK_FALSE(policy.next_due().has_value());
    CHECK(policy.ended(1, at(1s)) == verdict::waiting);
    CHECK(policy.due(at(1h)).empty());
    SECTION("until it is filled") {
        policy.fill(1, at(2h));
        CHECK(policy.due(at(2h)) == slots{1});
    }
    SECTION("and its delays are forgotten") {
        policy.ended(0, at(1s));
        start_due(policy, at(1s));
        policy.retire(0);
        policy.fill(0, at(2s));
        start_due(policy, at(2s));
        CHECK(delay_after_end(policy, 0, at(2s)) == 0ms);
    }
    SECTION("until a number of workers is asked for") {
        policy.resize(2);
        CHECK(policy.due(at(2h)) == slots{1});
    }
}

TEST_CASE("retiring a slot drops the start it had scheduled", "[04][restart_policy]") {
    restart_policy policy = running(patient(), 1, at(0s));
    policy.ended(0, at(1s));
    policy.retire(0);
    CHECK_FALSE(policy.next_due().has_value());
    policy.retire(5);  // no such slot
}

TEST_CASE("a slot whose worker leaves on purpose is due at once and not counted",
          "[04][restart_policy]") {
    restart_policy policy = running({}, 1, at(0s));
    for (int n = 0; n < 1000; ++n) {
        policy.fill(0, at(1s));
        CHECK(policy.next_due() == at(1s));
        REQUIRE(start_due(policy, at(1s)) == slots{0});
    }
    CHECK(delay_after_end(policy, 0, at(1s)) == 0ms);
}

TEST_CASE("filling a slot that waits for its delay makes it due at once", "[04][restart_policy]") {
    restart_policy policy = running(patient(), 1, at(0s));
    policy.ended(0, at(0s));
    start_due(policy, at(0s));
    CHECK(delay_after_end(policy, 0, at(0s)) == 100ms);
    policy.fill(0, at(10ms));
    CHECK(policy.due(at(10ms)) == slots{0});
    CHECK(policy.due(at(1h)).empty());
}

TEST_CASE("more slots are due at once, and those that wait go on waiting", "[04][restart_policy]") {
    restart_policy policy = running(patient(), 2, at(0s));
    policy.ended(0, at(0s));
    start_due(policy, at(0s));
    CHECK(delay_after_end(policy, 0, at(1s)) == 100ms);
    policy.resize(4);
    CHECK(policy.due(at(1s)) == slots{2, 3});
    CHECK(policy.next_due() == at(1s + 100ms));
    CHECK(policy.due(at(1s + 100ms)) == slots{0});
}

TEST_CASE("fewer slots drop the highest, and the starts they had scheduled",
          "[04][restart_policy]") {
    restart_policy policy = running(patient(), 3, at(0s));
    policy.ended(2, at(1s));
    policy.resize(2);
    CHECK_FALSE(policy.next_due().has_value());
    CHECK(policy.due(at(1h)).empty());
    policy.resize(3);  // a fresh one: the old one's delays are forgotten
    CHECK(start_due(policy, at(1h)) == slots{2});
    CHECK(delay_after_end(policy, 2, at(1h)) == 0ms);
}

TEST_CASE("a start in a slot that was dropped meanwhile is nobody's", "[04][restart_policy]") {
    restart_policy policy({}, 2, whole);
    CHECK(policy.due(at(0s)) == slots{0, 1});
    policy.resize(1);
    policy.started(1, at(1s));
    policy.ready(1, at(1s));
    policy.fill(1, at(1s));
    CHECK(policy.ended(1, at(2s)) == verdict::waiting);
    CHECK_FALSE(policy.next_due().has_value());
}
