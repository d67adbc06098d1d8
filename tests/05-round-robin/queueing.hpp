// What the tests of the connection_queue share.
#pragma once

#include <string>
#include <vector>

#include "05-round-robin/connection_queue.hpp"
#include "tests/catch.hpp"

namespace tests {

using cluster::connection_queue;
using cluster::refusal;
using cluster::steady_time;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Some moment, so many milliseconds after the beginning.
inline steady_time at(int ms) {
    return steady_time(std::chrono::hours(1)) + milliseconds(ms);
}

inline constexpr cluster::worker_terms node_terms{1, false};

/// Connections first … last arrive.
inline void arrive(connection_queue& queue, unsigned first, unsigned last, steady_time now) {
    for (unsigned n = first; n <= last; ++n) queue.arrived(n, "10.0.0.1", now);
}

/// All offers there are: "1>7 2>8" for connection 1 to worker 7 and 2 to 8.
inline std::string offers(connection_queue& queue, steady_time now) {
    std::string result;
    while (const auto offer = queue.next(now)) {
        if (!result.empty()) result += " ";
        result += std::to_string(offer->connection) + ">" + std::to_string(offer->worker);
    }
    return result;
}

/// The numbers as a list, for comparing.
using numbers = std::vector<std::uint64_t>;

}  // namespace tests
