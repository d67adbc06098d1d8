// Giving up in a crash loop, and trying again.
#include "04-auto-restart/restart_policy.hpp"
#include "tests/04-auto-restart/policies.hpp"

using namespace tests;

TEST_CASE("the limit is 10 ends, or 3 for each slot if that is more", "[04][restart_policy]") {
    for (const auto& [count, limit] : {std::pair(1, 10), {3, 10}, {4, 12}, {16, 48}}) {
        restart_policy policy = running({}, count, at(0s));
        CHECK(ends_until_give_up(policy, at(1s)) == limit + 1);
    }
}

TEST_CASE("the limit follows a change of the number of slots", "[04][restart_policy]") {
    restart_policy policy = running({}, 1, at(0s));
    policy.resize(10);
    start_due(policy, at(0s));
    CHECK(ends_until_give_up(policy, at(1s)) == 31);
}

TEST_CASE("exactly the limit is borne, one more is not", "[04][restart_policy]") {
    restart_settings settings;
    settings.limit = 2;
    restart_policy policy = running(settings, 3, at(0s));
    CHECK(policy.ended(0, at(1s)) == verdict::restart);
    CHECK(policy.ended(1, at(1s)) == verdict::restart);
    CHECK_FALSE(policy.gave_up());
    CHECK(policy.ended(2, at(1s)) == verdict::give_up);
    CHECK(policy.gave_up());
}

TEST_CASE("an end is forgotten when it is 60 s old", "[04][restart_policy]") {
    restart_settings settings;
    settings.limit = 1;
    restart_policy policy = running(settings, 2, at(0s));
    CHECK(policy.ended(0, at(0s)) == verdict::restart);
    start_due(policy, at(0s));
    SECTION("a nanosecond younger counts") {
        CHECK(policy.ended(1, at(60s) - 1ns) == verdict::give_up);
    }
    SECTION("exactly 60 s do not") {
        CHECK(policy.ended(1, at(60s)) == verdict::restart);
    }
}

TEST_CASE("ends that keep below the limit in every minute go on for ever", "[04][restart_policy]") {
    restart_settings settings;
    settings.limit = 2;
    restart_policy policy = running(settings, 1, at(0s));
    for (int n = 1; n < 1000; ++n) {
        REQUIRE(policy.ended(0, at(n * 30s)) == verdict::restart);
        REQUIRE(start_due(policy, at(n * 30s)) == slots{0});
    }
}

TEST_CASE("without delays and with a raised limit a thousand restarts in a row are made",
          "[04][restart_policy]") {
    restart_settings settings = patient();
    settings.first_delay = settings.longest_delay = 0ms;
    restart_policy policy = running(settings, 1, at(0s));
    for (int n = 0; n < 1000; ++n) {
        REQUIRE(policy.ended(0, at(0s)) == verdict::restart);
        REQUIRE(start_due(policy, at(0s)) == slots{0});
    }
    CHECK_FALSE(policy.gave_up());
}

TEST_CASE("a window of no length never gives up", "[04][restart_policy]") {
    restart_settings settings;
    settings.limit = 1;
    settings.window = 0ms;
    restart_policy policy = running(settings, 3, at(0s));
    for (int slot = 0; slot < 3; ++slot) CHECK(policy.ended(slot, at(1s)) == verdict::restart);
}

TEST_CASE("after giving up, slots that end stay empty, and it is said once",
          "[04][restart_policy]") {
    restart_policy policy = given_up(at(0s), 3);
    CHECK(policy.ended(0, at(1s)) == verdict::waiting);  // empty already
    CHECK(policy.ended(1, at(2s)) == verdict::waiting);
    CHECK(policy.ended(2, at(3s)) == verdict::waiting);
    CHECK(policy.due(at(60s) - 1ns).empty());
}

TEST_CASE("giving up cancels the starts that were scheduled", "[04][restart_policy]") {
    restart_settings settings;
    settings.limit = 2;
    settings.first_delay = 20s;
    settings.cool_down = 10s;
    restart_policy policy = running(settings, 2, at(0s));
    policy.ended(0, at(0s));
    start_due(policy, at(0s));
    CHECK(policy.ended(0, at(1s)) == verdict::restart);  // in 20 s
    CHECK(policy.ended(1, at(1s)) == verdict::give_up);
    CHECK(policy.next_due() == at(11s));
    CHECK(policy.due(at(11s) - 1ns).empty());
    CHECK(policy.due(at(11s)) == slots{0});
}

TEST_CASE("after the cool-down one slot is tried, and only one", "[04][restart_policy]") {
    restart_policy policy = given_up(at(0s), 3);
    policy.ended(1, at(1s));
    CHECK(policy.next_due() == at(60s));
    CHECK(policy.due(at(60s)) == slots{0});
    CHECK_FALSE(policy.next_due().has_value());
    CHECK(policy.due(at(1h)).empty());
    CHECK(policy.gave_up());
}

TEST_CASE("a trial that is healthy ends the episode, and all empty slots are due",
          "[04][restart_policy]") {
    restart_policy policy = given_up(at(0s), 3);
    policy.ended(1, at(1s));
    take_due(policy, at(60s));
    policy.started(0, at(60s));
    CHECK_FALSE(policy.next_due().has_value());
    policy.ready(0, at(70s));
    CHECK(policy.next_due() == at(100s));
    CHECK(policy.due(at(100s) - 1ns).empty());
    CHECK(policy.gave_up());
    CHECK(policy.due(at(100s)) == slots{1});
    CHECK_FALSE(policy.gave_up());
    CHECK_FALSE(policy.next_due().has_value());
}

TEST_CASE("after an episode the count and the delays start over", "[04][restart_policy]") {
    restart_settings settings;
    settings.limit = 2;
    settings.cool_down = settings.healthy_after = 1s;  // long before the window has passed
    restart_policy policy = running(settings, 2, at(0s));
    CHECK(policy.ended(1, at(0s)) == verdict::restart);
    start_due(policy, at(0s));
    CHECK(policy.ended(0, at(0s)) == verdict::restart);
    start_due(policy, at(0s));
    CHECK(policy.ended(0, at(0s)) == verdict::give_up);
    CHECK(policy.ended(1, at(0s)) == verdict::waiting);
    CHECK(start_due(policy, at(1s)) == slots{0});
    CHECK(start_due(policy, at(2s)) == slots{1});
    CHECK(policy.ended(1, at(2s)) == verdict::restart);
    CHECK(start_due(policy, at(2s)) == slots{1});  // at once
    CHECK(policy.ended(0, at(2s)) == verdict::restart);
    CHECK(policy.ended(1, at(2s)) == verdict::give_up);  // the third again: said again
}

TEST_CASE("a trial that ends in time for being healthy counts, though nobody asked what is due",
          "[04][restart_policy]") {
    restart_policy policy = given_up(at(0s));
    start_due(policy, at(60s));
    CHECK(policy.ended(0, at(90s)) == verdict::restart);
    CHECK_FALSE(policy.gave_up());
}

TEST_CASE("a trial that ends before it is healthy begins a new cool-down", "[04][restart_policy]") {
    restart_policy policy = given_up(at(0s));
    take_due(policy, at(60s));
    policy.started(0, at(60s));
    SECTION("even just before") {
        policy.ready(0, at(60s));
        CHECK(policy.ended(0, at(90s) - 1ns) == verdict::waiting);
        CHECK(policy.next_due() == at(150s) - 1ns);
    }
    SECTION("without having been ready") {
        CHECK(policy.ended(0, at(90s)) == verdict::waiting);
        CHECK(policy.next_due() == at(150s));
        CHECK(policy.due(at(150s)) == slots{0});
    }
    CHECK(policy.gave_up());
}

TEST_CASE("a survivor that ends during a trial waits for its outcome", "[04][restart_policy]") {
    restart_policy policy = given_up(at(0s));
    start_due(policy, at(60s));
    CHECK(policy.ended(1, at(61s)) == verdict::waiting);
    CHECK(policy.due(at(90s)) == slots{1});
}

TEST_CASE("another slot is tried at once if the trial is retired or dropped",
          "[04][restart_policy]") {
    restart_policy policy = given_up(at(0s), 3);
    policy.ended(1, at(1s));
    SECTION("retired") {
        take_due(policy, at(60s));
        policy.retire(0);
        CHECK(policy.due(at(61s)) == slots{1});
    }
    SECTION("dropped") {
        policy.fill(0, at(2s));  // so that the trial is slot 1
        take_due(policy, at(2s));
        CHECK(policy.due(at(60s)) == slots{1});
        policy.ended(0, at(61s));
        policy.resize(1);
        CHECK(policy.due(at(61s)) == slots{0});
    }
    CHECK(policy.gave_up());
}

TEST_CASE("an episode ends with its cool-down if no slot is empty any more",
          "[04][restart_policy]") {
    restart_policy policy = given_up(at(0s));
    policy.fill(0, at(1s));
    CHECK(start_due(policy, at(1s)) == slots{0});
    CHECK(policy.gave_up());
    CHECK(policy.due(at(60s)).empty());
    CHECK_FALSE(policy.gave_up());
}

TEST_CASE("slots that are added after giving up wait with the others", "[04][restart_policy]") {
    restart_policy policy = given_up(at(0s));
    policy.resize(3);
    CHECK(policy.due(at(1s)).empty());
    CHECK(start_due(policy, at(60s)) == slots{0});
    CHECK(policy.due(at(90s)) == slots{2});
}
