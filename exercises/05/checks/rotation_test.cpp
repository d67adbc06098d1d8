// Whose turn it is, when workers die and when they are full.
#include "05-round-robin/schedule.hpp"
#include "exercises/05/checks/observed.hpp"

using namespace cluster;
using namespace kit_05;

namespace {

std::vector<candidate> idle(const std::vector<int>& ids) {
    std::vector<candidate> result;
    for (const int id : ids) result.push_back({id, id, 0, true});
    return result;
}

std::string served(schedule& choose, const std::vector<candidate>& candidates, int count) {
    std::string result;
    for (int n = 0; n < count; ++n) {
        const auto chosen = choose(candidates, "10.0.0.1");
        if (n > 0) result += " ";
        result += chosen ? std::to_string(*chosen) : "nobody";
    }
    return result;
}

}  // namespace

TEST_CASE("05: a thousand connections over four idle workers are 250 for each", "[kit]") {
    schedule choose = round_robin();
    expect("workers 1 2 3 4 are idle; served one after the other",
           served(choose, idle({1, 2, 3, 4}), 8), "1 2 3 4 1 2 3 4");
    std::map<int, int> counts;
    for (int n = 8; n < 1008; ++n) ++counts[choose(idle({1, 2, 3, 4}), "10.0.0.1").value_or(0)];
    std::string shares;
    for (const auto& [worker, count] : counts) {
        shares += (worker == 0 ? "nobody" : "worker " + std::to_string(worker)) + ": " +
                  std::to_string(count) + "  ";
    }
    expect("a thousand more", shares,
           "worker 1: 250  worker 2: 250  worker 3: 250  worker 4: 250  ");
}

TEST_CASE("05: after a death the rotation goes on where it was", "[kit]") {
    struct death {
        int worker;
        std::vector<int> others;
        std::string next;
    };
    const std::vector<death> deaths{{1, {2, 3, 4}, "3 4 2 3"},
                                    {2, {1, 3, 4}, "3 4 1 3"},
                                    {3, {1, 2, 4}, "4 1 2 4"},
                                    {4, {1, 2, 3}, "3 1 2 3"}};
    for (const death& each : deaths) {
        schedule choose = round_robin();
        const std::string before = served(choose, idle({1, 2, 3, 4}), 2);
        expect("workers 1 2 3 4, served were " + before + ", then worker " +
                   std::to_string(each.worker) + " died",
               served(choose, idle(each.others), 4), each.next);
    }
    schedule choose = round_robin();
    const std::string before = served(choose, idle({1, 2, 3}), 3);
    expect("workers 1 2 3, served were " + before + ", then worker 2 died and 4 came in its place",
           served(choose, idle({1, 3, 4}), 3), "4 1 3");
}

TEST_CASE("05: a full worker is passed over, and the others go on", "[kit]") {
    schedule choose = round_robin();
    auto three = idle({1, 2, 3});
    three[1].room = false;
    expect("workers 1 2 3, and 2 is full", served(choose, three, 4), "1 3 1 3");
    three[1].room = true;
    expect("worker 2 has room again", served(choose, three, 4), "1 2 3 1");
    for (candidate& each : three) each.room = false;
    expect("all three are full", served(choose, three, 2), "nobody nobody");
    for (candidate& each : three) each.room = true;
    expect("all have room again, and the last one served was 1", served(choose, three, 3), "2 3 1");
}
