// What the grading cases of the connection_queue share: they judge the queue alone, with a schedule
// that has no memory, and say in words what they saw.
#pragma once

#include <string>
#include <vector>

#include "05-round-robin/connection_queue.hpp"
#include "tests/catch.hpp"

namespace kit_05 {

using cluster::connection_queue;
using cluster::refusal;
using cluster::steady_time;
using std::chrono::milliseconds;

/// Some moment, so many milliseconds after the beginning.
inline steady_time moment(int ms) {
    return steady_time(std::chrono::hours(1)) + milliseconds(ms);
}

/// The lowest id that has room. No turns: they are judged elsewhere.
inline std::optional<int> lowest_with_room(std::span<const cluster::candidate> candidates,
                                           std::string_view) {
    for (const cluster::candidate& each : candidates) {
        if (each.room) return each.worker;
    }
    return std::nullopt;
}

/// Connections first … last arrive.
inline void arrive(connection_queue& queue, unsigned first, unsigned last, int ms = 0) {
    for (unsigned n = first; n <= last; ++n) queue.arrived(n, "10.0.0.1", moment(ms));
}

/// What is offered now, until nothing more is: "1>7 2>8" for connection 1 to worker 7 and 2 to 8;
/// "nothing". A queue that offers for ever is stopped after a dozen.
inline std::string offered(connection_queue& queue, int ms = 0) {
    constexpr int enough = 12;
    std::string result;
    for (int n = 0; n < enough; ++n) {
        const auto offer = queue.next(moment(ms));
        if (!offer) break;
        if (!result.empty()) result += " ";
        result += std::to_string(offer->connection) + ">" + std::to_string(offer->worker);
    }
    return result.empty() ? "nothing" : result;
}

/// "1 3 7", or "none".
template <class Numbers>
std::string listed(const Numbers& numbers) {
    std::string result;
    for (const auto each : numbers) {
        if (!result.empty()) result += " ";
        result += std::to_string(each);
    }
    return result.empty() ? "none" : result;
}

/// "10000 ms", or "never".
inline std::string when(const std::optional<steady_time>& due) {
    if (!due) return "never";
    const auto since = std::chrono::duration_cast<milliseconds>(*due - moment(0));
    return std::to_string(since.count()) + " ms";
}

/// Fails unless what was seen is what is promised, and says both.
inline void expect(const std::string& situation, const std::string& seen,
                   const std::string& promised) {
    if (seen != promised) {
        FAIL_CHECK(situation << "; observed: " << seen << "; promised: " << promised);
    }
}

/// The queue knew an answer as one to an offer of its own.
inline void expect_known(const std::string& answer, bool known) {
    expect(answer, known ? "an answer to an offer" : "unknown", "an answer to an offer");
}

}  // namespace kit_05
