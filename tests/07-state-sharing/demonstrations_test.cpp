// The demonstrations show what they announce, each time.
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

TEST_CASE("lost_update shows 1 with get and set, and 2 with update", "[07][programs]") {
    const auto shown = tests::result_of(tests::stage_program("07-state-sharing", "lost_update"));
    CHECK(shown.err.empty());
    CHECK(shown.out == R"(get, then set:
  one reads 0
  two reads 0
  one writes 1
  two writes 1
  the counter is 1
update:
  one asks for the lock
  two asks for the lock
  one has the lock and reads 0
  one writes 1
  two has the lock and reads 1
  two writes 2
  the counter is 2
)");
}

TEST_CASE("torn_read shows half a file in place, and a whole one by rename", "[07][programs]") {
    const auto shown = tests::result_of(tests::stage_program("07-state-sharing", "torn_read"));
    CHECK(shown.err.empty());
    CHECK(shown.out == R"(written in place:
  before:              {"user": "ada", "visits": 9}
  half written:        {"user": "grace
  written:             {"user": "grace", "visits": 10}
  killed when halfway: {"user": "grace
written beside, then renamed:
  before:              {"user": "ada", "visits": 9}
  half written:        {"user": "ada", "visits": 9}
  written:             {"user": "grace", "visits": 10}
  killed when halfway: {"user": "ada", "visits": 9}
)");
}
