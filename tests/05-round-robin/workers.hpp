// What the tests of the schedules share.
#pragma once

#include <map>
#include <random>
#include <set>
#include <vector>

#include "05-round-robin/schedule.hpp"
#include "tests/catch.hpp"

namespace tests {

/// Idle workers with room; each in the slot of its number.
inline std::vector<cluster::candidate> workers(const std::vector<int>& ids) {
    std::vector<cluster::candidate> result;
    for (const int id : ids) result.push_back({id, id, 0, true});
    return result;
}

/// Who gets the next `count` connections.
inline std::vector<int> served_by(cluster::schedule& choose,
                                  const std::vector<cluster::candidate>& candidates, int count) {
    std::vector<int> result;
    for (int n = 0; n < count; ++n) result.push_back(choose(candidates, "").value());
    return result;
}

}  // namespace tests
