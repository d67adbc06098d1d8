// Who is silent, by a clock of the test's own.
#include "05-round-robin/answer_watch.hpp"
#include "tests/05-round-robin/queueing.hpp"

using namespace tests;
using cluster::answer_watch;
using silent = std::vector<int>;

namespace {

/// Looks ten times within each limit, from `begin` to `end`; who was silent at last.
silent look_until(answer_watch& watch, int begin, int end) {
    silent result;
    for (int ms = begin; ms <= end && result.empty(); ms += 100) result = watch.look(at(ms));
    return result;
}

}  // namespace

TEST_CASE("a worker that owes an answer for the whole limit is silent", "[05][answer_watch]") {
    answer_watch watch(seconds(1));
    CHECK_FALSE(watch.next_look().has_value());
    CHECK(watch.look(at(0)).empty());
    watch.offered(1, 2, at(0));
    watch.offered(2, 1, at(0));
    watch.answered(2, at(10));
    CHECK(watch.next_look() == at(100));
    CHECK(look_until(watch, 100, 900).empty());
    CHECK(watch.look(at(1000)) == silent{1});
    watch.forget(1);
    CHECK_FALSE(watch.next_look().has_value());
}

TEST_CASE("each answer gives a worker the whole limit for the next", "[05][answer_watch]") {
    answer_watch watch(seconds(1));
    CHECK(watch.look(at(0)).empty());
    watch.offered(1, 2, at(0));
    CHECK(look_until(watch, 100, 900).empty());
    watch.answered(1, at(900));
    CHECK(look_until(watch, 1000, 1800).empty());
    CHECK(watch.look(at(1900)) == silent{1});
}

TEST_CASE("the limit begins anew when the primary itself was held up", "[05][answer_watch]") {
    answer_watch watch(seconds(1));
    CHECK(watch.look(at(0)).empty());
    watch.offered(1, 1, at(0));
    CHECK(look_until(watch, 100, 500).empty());
    CHECK(watch.look(at(60'000)).empty());
    CHECK(look_until(watch, 60'100, 60'900).empty());
    CHECK(watch.look(at(61'000)) == silent{1});
}
