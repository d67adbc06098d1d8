// The easiest mistake: to count together without a lock.
#include <atomic>
#include <functional>
#include <list>
#include <thread>

#include "docs/processes-and-threads/helper.hpp"
#include "docs/processes-and-threads/roles.hpp"
#include "docs/processes-and-threads/rows.hpp"

namespace comparison {
namespace {

constexpr std::int64_t expected = std::int64_t{workers} * increments;

std::string lost(std::int64_t counted) {
    return std::to_string(expected - counted) + " lost";
}

// Read, add, write: what `++counter` means. An ordinary variable would be a data race, of which the
// language promises nothing at all; atomic reads and writes show the loss and nothing worse.
void count(std::atomic<std::int64_t>& counter) {
    for (int n = 0; n < increments; ++n) {
        counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
}

std::int64_t counted_by_threads() {
    std::atomic<std::int64_t> counter = 0;
    std::vector<std::thread> threads;
    for (int n = 0; n < workers; ++n) threads.emplace_back(count, std::ref(counter));
    for (std::thread& each : threads) each.join();
    return counter;
}

// There is no counter that they could share by mistake: each has its own, and says what it is.
std::int64_t counted_by_processes() {
    std::list<helper> processes;
    for (int n = 0; n < workers; ++n) processes.emplace_back("count");
    std::int64_t sum = 0;
    for (const helper& each : processes) {
        std::int64_t one = 0;
        read_all(each.socket(), &one, sizeof one);
        sum += one;
    }
    return sum;
}

}  // namespace

std::vector<row> coding() {
    return {{"coding", "4 × 250,000 increments, no lock", lost(counted_by_threads()),
             lost(counted_by_processes())}};
}

}  // namespace comparison
