// Workers that end before they are ready.
#include <algorithm>

#include "04-auto-restart/restart_policy.hpp"
#include "tests/04-auto-restart/policies.hpp"

using namespace tests;

TEST_CASE("a worker that ends before it is ready is not held against the limit",
          "[04][restart_policy]") {
    restart_settings settings;
    settings.limit = 1;
    restart_policy policy = running(settings, 1, at(0s));
    policy.ended(0, at(0s));
    auto now = at(0s);
    for (const auto expected : {100ms, 200ms, 400ms, 800ms}) {
        take_due(policy, now);
        policy.started(0, now);
        CHECK(policy.ended(0, now) == verdict::restart);
        CHECK(*policy.next_due() - now == expected);
        now = *policy.next_due();
    }
    CHECK_FALSE(policy.gave_up());
}

TEST_CASE("when every slot has failed to boot three times and none was ever ready, that is said",
          "[04][restart_policy]") {
    restart_policy policy({}, 2, [] { return 0.0; });
    std::vector<verdict> said;
    for (int n = 0; n < 4; ++n) {
        CHECK(policy.due(at(0s)) == slots{0, 1});
        for (const int slot : {0, 1}) said.push_back(policy.ended(slot, at(0s)));
    }
    CHECK(std::count(said.begin(), said.end(), verdict::restart) == 7);
    CHECK(said[5] == verdict::boot_failed);  // the third of the second slot, and never again
}

TEST_CASE("a slot that could not even be started has failed to boot", "[04][restart_policy]") {
    restart_settings settings;
    settings.boot_attempts = 1;
    restart_policy policy(settings, 1, whole);
    CHECK(policy.due(at(0s)) == slots{0});
    CHECK(policy.ended(0, at(0s)) == verdict::boot_failed);
}

TEST_CASE("one slot that was ready once makes no failure to boot final", "[04][restart_policy]") {
    restart_policy policy({}, 2, [] { return 0.0; });
    take_due(policy, at(0s));
    policy.started(1, at(0s));
    policy.ready(1, at(0s));
    policy.ended(1, at(0s));
    for (int n = 0; n < 10; ++n) {
        for (const int slot : {0, 1}) CHECK(policy.ended(slot, at(0s)) == verdict::restart);
        CHECK(policy.due(at(0s)) == slots{0, 1});
    }
}

TEST_CASE("a slot that still boots, or was added, keeps a failure from being final",
          "[04][restart_policy]") {
    restart_settings settings;
    settings.boot_attempts = 1;
    restart_policy policy(settings, 2, [] { return 0.0; });
    take_due(policy, at(0s));
    CHECK(policy.ended(0, at(0s)) == verdict::restart);
    policy.resize(3);
    CHECK(policy.ended(1, at(0s)) == verdict::restart);
    SECTION("until it fails, too") {
        take_due(policy, at(0s));
        CHECK(policy.ended(2, at(0s)) == verdict::boot_failed);
    }
    SECTION("unless it is retired") {
        policy.retire(2);
        take_due(policy, at(0s));
        CHECK(policy.ended(0, at(0s)) == verdict::boot_failed);
    }
}
