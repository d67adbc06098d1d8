// How long requests took, in a few hundred numbers that can be added up over processes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace full_cluster {

/// Counts durations in buckets, each an eighth wider than the one before: a quantile is told with
/// an error of at most 12 %, and two histograms are added bucket by bucket. (Two medians cannot be
/// added to a median; that is why workers send buckets.)
class latency_histogram {
  public:
    using duration = std::chrono::microseconds;
    static constexpr std::size_t buckets = 160;

    void add(duration taken) {
        ++counts_[bucket_of(taken)];
        sum_ += taken;
    }
    void add(const latency_histogram& other);

    [[nodiscard]] std::uint64_t count() const;
    [[nodiscard]] duration sum() const { return sum_; }
    /// @param share  0.5 for the median, 0.99 …
    /// @return the upper bound of the bucket that it falls into; 0 of nothing
    [[nodiscard]] duration quantile(double share) const;

    /// How many took no longer than `limit`, which is rounded up to the end of its bucket.
    [[nodiscard]] std::uint64_t count_up_to(duration limit) const;

    /// The buckets that are not empty, and the sum: {"sum_us":…,"buckets":[[bucket, count], …]}.
    [[nodiscard]] nlohmann::json to_json() const;
    /// What is nothing of the kind, or names a bucket that there is not, adds nothing: it comes
    /// from a process that may have lost its mind.
    void add_json(const nlohmann::json& told);

    [[nodiscard]] static std::size_t bucket_of(duration taken);
    /// The longest duration of a bucket.
    [[nodiscard]] static duration end_of(std::size_t bucket);

  private:
    std::array<std::uint64_t, buckets> counts_{};
    duration sum_{};
};

/// With fractions, for people.
[[nodiscard]] inline double as_milliseconds(latency_histogram::duration taken) {
    return static_cast<double>(taken.count()) / 1000;
}

}  // namespace full_cluster
