// What one more costs while it waits, and whether it computes as well as another.
#include <fstream>
#include <latch>
#include <list>
#include <semaphore>
#include <thread>

#include "docs/processes-and-threads/helper.hpp"
#include "docs/processes-and-threads/roles.hpp"
#include "docs/processes-and-threads/rows.hpp"

namespace comparison {
namespace {

// What belongs to a process alone: what would be free again without it.   [KiB]
long own_memory(const std::string& pid) {
    std::ifstream map("/proc/" + pid + "/smaps_rollup");
    long sum = 0;
    for (std::string word; map >> word;) {
        if (!word.starts_with("Private_")) continue;
        long amount = 0;
        map >> amount;
        sum += amount;
    }
    return sum;
}

std::string of_one(long all) {
    return std::to_string(all / workers) + " KiB";
}

std::string memory_of_threads() {
    const long before = own_memory("self");
    std::counting_semaphore<workers> end(0);
    std::latch begun(workers + 1);
    std::vector<std::thread> threads;
    for (int n = 0; n < workers; ++n) {
        threads.emplace_back([&] {
            begun.arrive_and_wait();
            end.acquire();
        });
    }
    begun.arrive_and_wait();
    const long with_them = own_memory("self");
    end.release(workers);
    for (std::thread& each : threads) each.join();
    return of_one(with_them - before);
}

std::string memory_of_processes() {
    std::list<helper> processes;
    long sum = 0;
    for (int n = 0; n < workers; ++n) await_word(processes.emplace_back("wait").socket());
    for (const helper& each : processes) sum += own_memory(std::to_string(each.pid()));
    return of_one(sum);
}

micros work_of_threads() {
    return time_of(1, [] {
        std::vector<std::thread> threads;
        for (int n = 0; n < workers; ++n) threads.emplace_back(compute);
        for (std::thread& each : threads) each.join();
    });
}

micros work_of_processes() {
    std::list<helper> processes;
    for (int n = 0; n < workers; ++n) await_word(processes.emplace_back("compute").socket());
    return time_of(1, [&] {
        for (const helper& each : processes) send_word(each.socket());
        std::uint64_t result = 0;
        for (const helper& each : processes) read_all(each.socket(), &result, sizeof result);
    });
}

}  // namespace

std::vector<row> memory_and_cpu() {
    return {
        {"memory", "one more that waits, of its own", memory_of_threads(), memory_of_processes()},
        {"cpu", "the same arithmetic in each of 4", shown(work_of_threads()),
         shown(work_of_processes())}};
}

}  // namespace comparison
