// Who gets the next connection, and the queue in which it waits.
#include <benchmark/benchmark.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "05-round-robin/connection_queue.hpp"
#include "05-round-robin/schedule.hpp"

namespace {

using namespace cluster;

std::vector<candidate> workers_of(const benchmark::State& state) {
    std::vector<candidate> workers;
    for (int n = 0; n < state.range(0); ++n) workers.push_back({n + 1, n, n * 7 % 5, true});
    return workers;
}

// Clients from 64 addresses.
std::vector<std::string> clients() {
    std::vector<std::string> addresses;
    for (int n = 0; n < 64; ++n) addresses.push_back("192.168.17." + std::to_string(n));
    return addresses;
}

void pick(benchmark::State& state, const schedule& named) {
    const auto workers = workers_of(state);
    const auto addresses = clients();
    schedule choose = named;
    std::size_t turn = 0;
    for (auto _ : state) {
        const auto picked = choose(workers, addresses[turn++ % addresses.size()]);
        if (!picked) throw std::logic_error("nobody was picked, though all have room");
        benchmark::DoNotOptimize(*picked);
    }
}
BENCHMARK_CAPTURE(pick, round_robin, round_robin())->Arg(2)->Arg(8)->Arg(64);
BENCHMARK_CAPTURE(pick, least_connections, least_connections())->Arg(2)->Arg(8)->Arg(64);
BENCHMARK_CAPTURE(pick, address_hash, address_hash())->Arg(2)->Arg(8)->Arg(64);

// A connection's whole way through the queue: it arrives, is offered, and is accepted.
void queue_way(benchmark::State& state) {
    connection_queue queue(round_robin());
    for (int n = 0; n < state.range(0); ++n) queue.join(n + 1, n);
    const auto now = std::chrono::steady_clock::now();
    std::uint64_t connection = 0;
    for (auto _ : state) {
        queue.arrived(++connection, "192.168.17.4", now);
        const auto offered = queue.next(now);
        if (!offered || !queue.accepted(offered->worker, offered->connection)) {
            throw std::logic_error("the queue has lost a connection");
        }
    }
}
BENCHMARK(queue_way)->Arg(2)->Arg(8)->Arg(64);

}  // namespace
