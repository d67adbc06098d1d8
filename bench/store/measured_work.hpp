// The measured loop of store_rate: gets or puts of random keys, each checked.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "bench/store/bench_store.hpp"

namespace bench {

/// What the loop is made of.
struct work_plan {
    bool puts = false;
    int process = 1;  ///< which one this is: 1 or 2
    bool alone = true;
    std::size_t keys = 1000;
    std::size_t value_bytes = 100;  ///< with its quotes
};

/// What a loop has done.
struct work_done {
    std::uint64_t operations = 0;
    std::chrono::steady_clock::time_point begin;  // of the machine: the same for all processes
    std::chrono::steady_clock::time_point end;
    std::int64_t cpu_us = 0;         ///< of this process
    std::vector<double> samples_us;  ///< single operations
};

/// A process's share of the work.
class measured_work {
  public:
    measured_work(bench_store& store, work_plan plan);

    /// Puts the first value under every key.
    void fill();
    /// Works for a while, and throws if a value is not what it must be.
    work_done run(std::chrono::milliseconds duration);
    /// Looks at every key.
    void check_all();

  private:
    void get_one();
    void put_one();
    void check(std::size_t key, const std::string& expected);
    [[nodiscard]] bool is_a_value(std::size_t key, const std::string& text) const;

    bench_store& store_;
    work_plan plan_;
    std::minstd_rand random_;
    std::vector<std::string> keys_;
    std::vector<std::string> contents_;  // what this process has put last, or fill()
    std::vector<std::string> values_;    // of fill()
    std::uint64_t puts_ = 0;
    bool slow_ = true;  // so slow that the clock does not show: each operation is sampled
};

}  // namespace bench
