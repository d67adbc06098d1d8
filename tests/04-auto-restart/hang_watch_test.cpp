// When a worker that does not tick has to go.
#include "04-auto-restart/hang_watch.hpp"

#include "tests/catch.hpp"

using namespace std::chrono_literals;
using cluster::hang_limits;
using cluster::hang_watch;
using hang_verdict = hang_watch::verdict;

namespace {

hang_watch::time_point at(std::chrono::nanoseconds since_start) {
    return hang_watch::time_point(std::chrono::hours(1000)) + since_start;
}

// Looks as often as it is told to, up to and at `end`; the first hang_verdict that is not fine.
hang_verdict look_until(hang_watch& watch, std::uint64_t ticks, hang_watch::time_point end) {
    while (watch.next_look() && *watch.next_look() < end) {
        const hang_verdict said = watch.look(ticks, *watch.next_look());
        if (said != hang_verdict::fine) return said;
    }
    return watch.look(ticks, end);
}

}  // namespace

TEST_CASE("a worker that has never ticked is not watched", "[04][hang_watch]") {
    hang_watch watch({}, at(0s));
    CHECK(look_until(watch, 0, at(1h)) == hang_verdict::fine);
    CHECK(watch.look(0, at(2h)) == hang_verdict::fine);  // nor after we were held up
    CHECK(look_until(watch, 0, at(3h)) == hang_verdict::fine);
}

TEST_CASE("a worker that ticks is fine for ever", "[04][hang_watch]") {
    hang_watch watch({}, at(0s));
    for (int second = 1; second < 3600; ++second) {
        REQUIRE(watch.look(static_cast<std::uint64_t>(second), at(second * 1s)) ==
                hang_verdict::fine);
    }
}

TEST_CASE("after 30 s without a tick a worker is to be aborted", "[04][hang_watch]") {
    hang_watch watch({}, at(0s));
    CHECK(watch.look(1, at(1s)) == hang_verdict::fine);
    CHECK(look_until(watch, 1, at(31s) - 1ns) == hang_verdict::fine);
    SECTION("exactly then") {
        CHECK(watch.look(1, at(31s)) == hang_verdict::abort_it);
    }
    SECTION("not if it ticked at the last moment") {
        CHECK(watch.look(2, at(31s)) == hang_verdict::fine);
        CHECK(look_until(watch, 2, at(61s) - 1ns) == hang_verdict::fine);
        CHECK(watch.look(2, at(61s)) == hang_verdict::abort_it);
    }
}

TEST_CASE("two seconds after the abort the worker is to be killed, and that is all",
          "[04][hang_watch]") {
    hang_watch watch({}, at(0s));
    watch.look(1, at(0s));
    REQUIRE(look_until(watch, 1, at(30s)) == hang_verdict::abort_it);
    CHECK(watch.next_look() == at(32s));
    CHECK(watch.look(1, at(32s) - 1ns) == hang_verdict::fine);
    CHECK(watch.look(1, at(32s)) == hang_verdict::kill_it);
    CHECK_FALSE(watch.next_look().has_value());
    CHECK(watch.look(1, at(1h)) == hang_verdict::fine);
}

TEST_CASE("a worker that ticks again after the abort is killed all the same", "[04][hang_watch]") {
    hang_watch watch({}, at(0s));
    watch.look(1, at(0s));
    REQUIRE(look_until(watch, 1, at(30s)) == hang_verdict::abort_it);
    CHECK(watch.look(2, at(31s)) == hang_verdict::fine);
    CHECK(watch.look(3, at(32s)) == hang_verdict::kill_it);
}

TEST_CASE("silence that nobody watched does not count", "[04][hang_watch]") {
    hang_watch watch({}, at(0s));
    watch.look(1, at(0s));
    CHECK(watch.look(1, at(1h)) == hang_verdict::fine);  // we were stopped, and the worker, too
    CHECK(look_until(watch, 1, at(1h + 30s) - 1ns) == hang_verdict::fine);
    CHECK(watch.look(1, at(1h + 30s)) == hang_verdict::abort_it);
}

TEST_CASE("a counter that falls, even to nothing, is a tick and no way out", "[04][hang_watch]") {
    hang_watch watch({}, at(0s));
    watch.look(5, at(0s));
    CHECK(watch.look(0, at(1s)) == hang_verdict::fine);
    CHECK(look_until(watch, 0, at(31s) - 1ns) == hang_verdict::fine);
    CHECK(watch.look(0, at(31s)) == hang_verdict::abort_it);
}

TEST_CASE("the limits can be short", "[04][hang_watch]") {
    hang_limits limits;
    limits.silence = 5ms;
    limits.abort_time = 0ms;
    hang_watch watch(limits, at(0s));
    watch.look(1, at(0s));
    CHECK(watch.next_look() == at(1ms));
    CHECK(look_until(watch, 1, at(5ms)) == hang_verdict::abort_it);
    CHECK(watch.next_look() == at(5ms));
    CHECK(watch.look(1, at(5ms)) == hang_verdict::kill_it);
}
