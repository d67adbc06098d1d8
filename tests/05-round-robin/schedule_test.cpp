#include "05-round-robin/schedule.hpp"

#include "tests/05-round-robin/workers.hpp"

using namespace cluster;
using namespace tests;

TEST_CASE("a thousand connections over four workers are 250 each", "[05][schedule]") {
    schedule choose = round_robin();
    std::map<int, int> served;
    for (int n = 0; n < 1000; ++n) ++served[choose(workers({1, 2, 3, 4}), "").value()];
    CHECK(served == std::map<int, int>{{1, 250}, {2, 250}, {3, 250}, {4, 250}});
}

TEST_CASE("the rotation goes by worker id, from the lowest", "[05][schedule]") {
    schedule choose = round_robin();
    CHECK(served_by(choose, workers({3, 5, 8}), 7) == std::vector<int>{3, 5, 8, 3, 5, 8, 3});
}

TEST_CASE("a worker that dies in the middle of a round takes nobody's turn with it",
          "[05][schedule]") {
    schedule choose = round_robin();
    CHECK(served_by(choose, workers({1, 2, 3, 4}), 2) == std::vector<int>{1, 2});
    SECTION("the one just served") {
        CHECK(served_by(choose, workers({1, 3, 4}), 4) == std::vector<int>{3, 4, 1, 3});
    }
    SECTION("the one whose turn it was") {
        CHECK(served_by(choose, workers({1, 2, 4}), 4) == std::vector<int>{4, 1, 2, 4});
    }
    SECTION("one whose turn is over") {
        CHECK(served_by(choose, workers({2, 3, 4}), 4) == std::vector<int>{3, 4, 2, 3});
    }
    SECTION("the last") {
        CHECK(served_by(choose, workers({1, 2, 3}), 3) == std::vector<int>{3, 1, 2});
    }
}

TEST_CASE("a newcomer has its turn before anybody has a second one after it came",
          "[05][schedule]") {
    for (int already = 0; already <= 3; ++already) {
        schedule choose = round_robin();
        static_cast<void>(served_by(choose, workers({1, 2, 3}), already));
        std::vector<int> until;
        do {
            until.push_back(choose(workers({1, 2, 3, 4}), "").value());
        } while (until.back() != 4);
        CHECK(std::set<int>(until.begin(), until.end()).size() == until.size());
    }
}

TEST_CASE("a full worker is passed over and keeps its place in the order", "[05][schedule]") {
    schedule choose = round_robin();
    auto three = workers({1, 2, 3});
    three[1].room = false;
    CHECK(served_by(choose, three, 3) == std::vector<int>{1, 3, 1});
    three[1].room = true;
    CHECK(served_by(choose, three, 4) == std::vector<int>{2, 3, 1, 2});
}

TEST_CASE("a full worker does not make up for the turns it missed", "[05][schedule]") {
    schedule choose = round_robin();
    auto two = workers({1, 2});
    two[1].room = false;
    CHECK(served_by(choose, two, 3) == std::vector<int>{1, 1, 1});
    two[1].room = true;
    CHECK(served_by(choose, two, 4) == std::vector<int>{2, 1, 2, 1});
}

TEST_CASE("when nobody has room nobody is chosen, and no turn is lost", "[05][schedule]") {
    for (const char* name : {"round-robin", "least-connections", "address-hash"}) {
        schedule choose = schedule_named(name).value();
        CHECK_FALSE(choose({}, "10.0.0.1"));
        auto two = workers({1, 2});
        for (candidate& each : two) each.room = false;
        CHECK_FALSE(choose(two, "10.0.0.1"));
    }
    schedule choose = round_robin();
    CHECK(served_by(choose, workers({1, 2, 3}), 1) == std::vector<int>{1});
    auto full = workers({1, 2, 3});
    for (candidate& each : full) each.room = false;
    CHECK_FALSE(choose(full, ""));
    CHECK(served_by(choose, workers({1, 2, 3}), 1) == std::vector<int>{2});
}

TEST_CASE("the worker with the fewest open connections is next, and equals take turns",
          "[05][schedule]") {
    schedule choose = least_connections();
    auto three = workers({1, 2, 3});
    three[0].open = 5;
    three[1].open = 2;
    three[2].open = 2;
    CHECK(served_by(choose, three, 3) == std::vector<int>{2, 3, 2});
    three[2].open = 1;
    CHECK(served_by(choose, three, 2) == std::vector<int>{3, 3});
    three[2].room = false;
    CHECK(served_by(choose, three, 2) == std::vector<int>{2, 2});
}

TEST_CASE("idle workers share evenly under least connections", "[05][schedule]") {
    schedule choose = least_connections();
    CHECK(served_by(choose, workers({1, 2, 3}), 6) == std::vector<int>{1, 2, 3, 1, 2, 3});
}

TEST_CASE("two servers do not share a rotation", "[05][schedule]") {
    schedule one = round_robin();
    schedule other = one;
    CHECK(served_by(one, workers({1, 2}), 1) == std::vector<int>{1});
    CHECK(served_by(other, workers({1, 2}), 1) == std::vector<int>{1});
}

TEST_CASE("a schedule that nobody has heard of has no name", "[05][schedule]") {
    CHECK(schedule_named("round-robin"));
    CHECK_FALSE(schedule_named("round robin"));
    CHECK_FALSE(schedule_named(""));
}

TEST_CASE("with room going up and down nobody waits longer than one round", "[05][schedule]") {
    std::mt19937 random(5);
    for (int history = 0; history < 200; ++history) {
        schedule choose = round_robin();
        auto some = workers({1, 2, 3, 4, 5, 6, 7});
        // For each worker: whom the others were while it had room all the time and was not chosen.
        std::map<int, std::set<int>> passed;
        for (int step = 0; step < 200; ++step) {
            for (candidate& each : some) each.room = random() % 4 != 0;
            const auto chosen = choose(some, "");
            for (const candidate& each : some) {
                if (!each.room || chosen == each.worker) {
                    passed[each.worker].clear();
                } else {
                    REQUIRE(passed[each.worker].insert(chosen.value()).second);
                }
            }
        }
    }
}
