// The rows of the table, each measured once with threads and once with processes.
//
// This folder alone may use threads and locks: it is here to find out what they cost.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace comparison {

/// What one measurement found.
struct row {
    std::string name;
    std::string measured;  ///< what was done
    std::string threads;
    std::string processes;
};

[[nodiscard]] std::vector<row> data();
[[nodiscard]] std::vector<row> memory_and_cpu();
[[nodiscard]] std::vector<row> creation_and_switching();
[[nodiscard]] std::vector<row> coding();
[[nodiscard]] std::vector<row> reliability();
[[nodiscard]] std::vector<row> distribution();

using micros = std::chrono::duration<double, std::micro>;

/// How long `action` takes, on the average of `times` calls.
template <class Action>
micros time_of(int times, Action action) {
    const auto begin = std::chrono::steady_clock::now();
    for (int n = 0; n < times; ++n) action();
    return micros(std::chrono::steady_clock::now() - begin) / times;
}

/// "12.3 µs", "4.56 ms".
[[nodiscard]] std::string shown(micros time);

}  // namespace comparison
