#include "07-state-sharing/full_cluster/latency_histogram.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace full_cluster {
namespace {

// What many workers may report for years without an overflow: a month, each time.
constexpr std::uint64_t longest_sum = 30ULL * 24 * 3600 * 1'000'000;

using ends = std::array<std::int64_t, latency_histogram::buckets>;

// 1, 2, 3 … µs as long as an eighth is less than one, then growing; the last one has no end.
ends make_ends() {
    ends made{};
    std::int64_t end = 1;
    for (auto& each : made) {
        each = end;
        end = std::max(end + 1, end + end / 8);
    }
    return made;
}

const ends& all_ends() {
    static const ends made = make_ends();
    return made;
}

}  // namespace

std::size_t latency_histogram::bucket_of(duration taken) {
    const auto& all = all_ends();
    const auto* found = std::lower_bound(all.begin(), all.end() - 1, taken.count());
    return static_cast<std::size_t>(found - all.begin());
}

latency_histogram::duration latency_histogram::end_of(std::size_t bucket) {
    return duration(all_ends()[bucket]);
}

void latency_histogram::add(const latency_histogram& other) {
    for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
    sum_ += other.sum_;
}

std::uint64_t latency_histogram::count() const {
    std::uint64_t sum = 0;
    for (const auto each : counts_) sum += each;
    return sum;
}

latency_histogram::duration latency_histogram::quantile(double share) const {
    const std::uint64_t all = count();
    if (all == 0) return duration(0);
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(all)));
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < buckets; ++i) {
        sum += counts_[i];
        if (sum >= std::max<std::uint64_t>(wanted, 1)) return end_of(i);
    }
    return end_of(buckets - 1);
}

std::uint64_t latency_histogram::count_up_to(duration limit) const {
    const std::size_t last = bucket_of(limit);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i <= last; ++i) sum += counts_[i];
    return sum;
}

nlohmann::json latency_histogram::to_json() const {
    auto counted = nlohmann::json::array();
    for (std::size_t i = 0; i < buckets; ++i) {
        if (counts_[i] > 0) counted.push_back({i, counts_[i]});
    }
    return {{"sum_us", sum_.count()}, {"buckets", std::move(counted)}};
}

void latency_histogram::add_json(const nlohmann::json& told) {
    if (!told.is_object()) return;
    const auto sum = told.find("sum_us");
    const auto counted = told.find("buckets");
    if (sum == told.end() || !sum->is_number_unsigned()) return;
    if (counted == told.end() || !counted->is_array()) return;
    sum_ += duration(std::min(sum->get<std::uint64_t>(), longest_sum));
    for (const auto& pair : *counted) {
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_unsigned() ||
            !pair[1].is_number_unsigned()) {
            continue;
        }
        const auto bucket = pair[0].get<std::size_t>();
        if (bucket < buckets) counts_[bucket] += pair[1].get<std::uint64_t>();
    }
}

}  // namespace full_cluster
