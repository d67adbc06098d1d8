#include <cmath>

#include "tests/05-round-robin/workers.hpp"

using namespace cluster;
using namespace tests;

namespace {

constexpr int clients = 10'000;

// Addresses as they come: neighbours in a few networks.
std::string client(int number) {
    return "10." + std::to_string(number % 7) + "." + std::to_string(number / 256) + "." +
           std::to_string(number % 256);
}

std::vector<int> homes(const std::vector<candidate>& candidates) {
    const schedule choose = address_hash();
    std::vector<int> result;
    for (int n = 0; n < clients; ++n) {
        const candidate* found = nullptr;
        const int worker = choose(candidates, client(n)).value();
        for (const candidate& each : candidates) found = each.worker == worker ? &each : found;
        result.push_back(found->slot);
    }
    return result;
}

int moved(const std::vector<int>& before, const std::vector<int>& after) {
    int result = 0;
    for (int n = 0; n < clients; ++n) result += before[n] != after[n] ? 1 : 0;
    return result;
}

}  // namespace

TEST_CASE("a client comes to the same worker each time, in every process", "[05][address_hash]") {
    const schedule one = address_hash();
    const schedule other = address_hash();
    for (int n = 0; n < 100; ++n) {
        CHECK(one(workers({1, 2, 3, 4}), client(n)) == other(workers({1, 2, 3, 4}), client(n)));
    }
    // Written down: a new version of the program must not send everybody elsewhere.
    CHECK(one(workers({0, 1, 2, 3}), "127.0.0.1") == 2);
    CHECK(one(workers({0, 1, 2, 3}), "2001:db8::1") == 1);
}

TEST_CASE("clients are spread evenly over the slots", "[05][address_hash]") {
    for (const int slots : {2, 4, 8, 16}) {
        std::vector<int> ids;
        for (int n = 0; n < slots; ++n) ids.push_back(n);
        std::vector<int> share(static_cast<std::size_t>(slots));
        for (const int home : homes(workers(ids))) ++share[static_cast<std::size_t>(home)];
        const double expected = static_cast<double>(clients) / slots;
        double chi_square = 0;
        for (const int each : share) chi_square += (each - expected) * (each - expected) / expected;
        // Degrees of freedom plus six standard deviations: chance alone does not do that.
        const double freedom = slots - 1;
        CHECK(chi_square < freedom + 6 * std::sqrt(2 * freedom));
    }
}

TEST_CASE("a slot that is added takes its share and moves nobody else", "[05][address_hash]") {
    const auto before = homes(workers({0, 1, 2, 3}));
    const auto after = homes(workers({0, 1, 2, 3, 4}));
    for (int n = 0; n < clients; ++n) REQUIRE((after[n] == before[n] || after[n] == 4));
    CHECK(moved(before, after) > clients / 5 * 9 / 10);
    CHECK(moved(before, after) < clients / 5 * 11 / 10);
}

TEST_CASE("a slot that goes moves only its own clients, and to all of the others",
          "[05][address_hash]") {
    const auto before = homes(workers({0, 1, 2, 3}));
    const auto after = homes(workers({0, 1, 3}));
    std::map<int, int> heirs;
    for (int n = 0; n < clients; ++n) {
        if (before[n] != 2) REQUIRE(after[n] == before[n]);
        if (before[n] == 2) ++heirs[after[n]];
    }
    CHECK(heirs.size() == 3);
    for (const auto& [heir, inherited] : heirs) CHECK(inherited > clients / 12 * 8 / 10);
}

TEST_CASE("a replacement inherits the clients of its predecessor", "[05][address_hash]") {
    auto fleet = workers({0, 1, 2, 3});
    const auto before = homes(fleet);
    fleet.erase(fleet.begin() + 1);
    fleet.push_back({17, 1, 0, true});
    CHECK(moved(before, homes(fleet)) == 0);
}

TEST_CASE("the clients of a full worker go to the next best, and come back", "[05][address_hash]") {
    auto fleet = workers({0, 1, 2, 3});
    const auto before = homes(fleet);
    fleet[2].room = false;
    CHECK(homes(fleet) == homes(workers({0, 1, 3})));
    fleet[2].room = true;
    CHECK(homes(fleet) == before);
}

TEST_CASE("of two workers in one slot the later one is asked first", "[05][address_hash]") {
    const std::vector<candidate> both{{1, 0, 0, true}, {2, 0, 0, true}};
    CHECK(address_hash()(both, "10.0.0.1") == 2);
}
