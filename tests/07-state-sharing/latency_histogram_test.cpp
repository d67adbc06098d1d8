#include "07-state-sharing/full_cluster/latency_histogram.hpp"

#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "tests/catch.hpp"

using full_cluster::latency_histogram;
using std::chrono::microseconds;

TEST_CASE("each duration falls into the first bucket that does not end before it",
          "[07][latency_histogram]") {
    for (std::size_t bucket = 0; bucket + 1 < latency_histogram::buckets; ++bucket) {
        const auto end = latency_histogram::end_of(bucket);
        CHECK(latency_histogram::bucket_of(end) == bucket);
        CHECK(latency_histogram::bucket_of(end + microseconds(1)) == bucket + 1);
    }
    CHECK(latency_histogram::bucket_of(microseconds(0)) == 0);
    CHECK(latency_histogram::bucket_of(microseconds(-5)) == 0);
    CHECK(latency_histogram::bucket_of(microseconds::max()) == latency_histogram::buckets - 1);
}

TEST_CASE("the buckets reach beyond a minute", "[07][latency_histogram]") {
    CHECK(latency_histogram::end_of(latency_histogram::buckets - 2) > std::chrono::minutes(1));
}

TEST_CASE("a quantile is an eighth above the true one at most", "[07][latency_histogram]") {
    std::mt19937 random(7);
    std::lognormal_distribution<double> spread(6, 1.5);
    std::vector<std::int64_t> all(10'001);
    latency_histogram counted;
    for (auto& each : all) {
        each = static_cast<std::int64_t>(spread(random)) + 1;
        counted.add(microseconds(each));
    }
    std::sort(all.begin(), all.end());
    for (const double share : {0.01, 0.5, 0.9, 0.99, 1.0}) {
        const auto at = static_cast<std::size_t>(std::ceil(share * 10'001)) - 1;
        const auto told = counted.quantile(share).count();
        CHECK(told >= all[at]);
        CHECK(told <= all[at] + all[at] / 8 + 1);
    }
}

TEST_CASE("the quantile of nothing is zero, and that of one value is the value's bucket",
          "[07][latency_histogram]") {
    latency_histogram counted;
    CHECK(counted.quantile(0.99).count() == 0);
    counted.add(microseconds(3));
    CHECK(counted.quantile(0.0).count() == 3);
    CHECK(counted.quantile(1.0).count() == 3);
}

TEST_CASE("two histograms add up, directly and through a message", "[07][latency_histogram]") {
    latency_histogram one;
    latency_histogram other;
    for (int i = 1; i <= 100; ++i) one.add(microseconds(i));
    for (int i = 1; i <= 300; ++i) other.add(microseconds(1000));
    latency_histogram sum = one;
    sum.add_json(nlohmann::json::parse(other.to_json().dump()));
    one.add(other);
    CHECK(sum.to_json() == one.to_json());
    CHECK(sum.count() == 400);
    CHECK(sum.sum() == microseconds(5050 + 300'000));
    CHECK(sum.count_up_to(microseconds(500)) == 100);
}

TEST_CASE("a message that is no histogram adds nothing", "[07][latency_histogram]") {
    latency_histogram counted;
    for (const char* text :
         {"null", "[]", "{}", R"({"sum_us":"x","buckets":[]})", R"({"sum_us":1,"buckets":7})",
          R"({"sum_us":-1,"buckets":[[1,1]]})",
          R"({"sum_us":0,"buckets":[1,[2],[3,-4],["a",5],[160,1],[99999999999,1],[-1,1]]})"}) {
        counted.add_json(nlohmann::json::parse(text));
    }
    CHECK(counted.count() == 0);
    CHECK(counted.sum().count() == 0);
}

TEST_CASE("no report makes the sum overflow, or fall", "[07][latency_histogram]") {
    latency_histogram counted;
    auto last = counted.sum();
    for (int n = 0; n < 1000; ++n) {
        counted.add_json(nlohmann::json::parse(R"({"sum_us":18446744073709551615,"buckets":[]})"));
        CHECK(counted.sum() > last);
        last = counted.sum();
    }
}
