// What the measuring programs have in common: wall clock, processor time and the line of results.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace bench {

using steady = std::chrono::steady_clock;
using nlohmann::json;

/// Processor time used until now, user and system together [microseconds].
/// @param who  RUSAGE_SELF, or RUSAGE_CHILDREN for those that have been waited for
inline std::int64_t cpu_us(int who = RUSAGE_SELF) {
    rusage usage{};
    ::getrusage(who, &usage);
    const std::int64_t seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
    return seconds * 1'000'000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/// Measures from its construction on.
class stopwatch {
  public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(steady::now() - begin_).count();
    }
    /// Processor time of this process.
    [[nodiscard]] std::int64_t cpu_us() const { return bench::cpu_us() - cpu_; }

  private:
    steady::time_point begin_ = steady::now();
    std::int64_t cpu_ = bench::cpu_us();
};

/// Adds the median and the 99th percentile to a result.
inline void add_latencies(json& result, std::vector<double> latencies_us) {
    if (latencies_us.empty()) return;
    std::sort(latencies_us.begin(), latencies_us.end());
    result["p50_us"] = latencies_us[latencies_us.size() / 2];
    result["p99_us"] = latencies_us[latencies_us.size() * 99 / 100];
}

/// What must hold, or the measurement is worth nothing.
inline void expect(bool right, const char* what) {
    if (!right) throw std::runtime_error(what);
}

/// Prints a result, the one line that is read by whoever started the program.
inline void print(const json& result) {
    std::cout << result << std::endl;
}

}  // namespace bench
