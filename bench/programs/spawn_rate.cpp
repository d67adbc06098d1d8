// spawn_rate: how many programs a second child_process::spawn can start, each to its end. One
// operation is a /bin/true that has been started, has ended with code 0 and has been reaped;
// --concurrency of them at a time. --parent-mib gives the parent so much memory first, which a
// fork(2) would have to copy the page tables of.
//
// The twins are bench/node/spawn_rate.js and, with nothing around the system call,
// bench/programs/bare_spawn_rate.cpp. In all of them the child has our standard streams.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <stdexcept>

#include "01-spawn-exec/spawn.hpp"
#include "bench/programs/measurement.hpp"
#include "support/flags.hpp"

using namespace child_process;

namespace {

struct settings {
    int concurrency = 1;
    int parent_mib = 0;
    int seconds = 2;
};

constexpr std::chrono::milliseconds warm_up{300};

asio::awaitable<void> spawn_until(bench::steady::time_point end, std::uint64_t& count) {
    const auto executor = co_await asio::this_coro::executor;
    spawn_options options;
    options.descriptors = {stdio::inherit(), stdio::inherit(), stdio::inherit()};
    while (bench::steady::now() < end) {
        child process = spawn(executor, "/bin/true", {}, options);
        const exit_status status = co_await process.wait();
        if (!status.success()) throw std::runtime_error("a child has failed");
        ++count;
    }
}

// So many of them at the same time.
asio::awaitable<void> spawn_abreast(int lanes, bench::steady::time_point end,
                                    std::uint64_t& count) {
    using namespace asio::experimental::awaitable_operators;
    if (lanes == 1) co_return co_await spawn_until(end, count);
    co_await (spawn_until(end, count) && spawn_abreast(lanes - 1, end, count));
}

asio::awaitable<int> measure(settings given) {
    constexpr std::size_t mebibyte = 1024 * 1024;
    const std::vector<char> memory(static_cast<std::size_t>(given.parent_mib) * mebibyte, 'x');
    std::uint64_t count = 0;
    co_await spawn_abreast(given.concurrency, bench::steady::now() + warm_up, count);

    count = 0;
    const bench::stopwatch watch;
    const std::int64_t children = bench::cpu_us(RUSAGE_CHILDREN);
    const auto end = bench::steady::now() + std::chrono::seconds(given.seconds);
    co_await spawn_abreast(given.concurrency, end, count);
    bench::json result = {{"operations", count}, {"seconds", watch.seconds()}};
    result["cpu_us"] = watch.cpu_us() + bench::cpu_us(RUSAGE_CHILDREN) - children;
    bench::print(result);
    // The memory was there until now.
    co_return memory.empty() || memory.back() == 'x' ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("spawn_rate", "How many programs a second can be started.");
    flags.add("concurrency", given.concurrency, "how many at a time");
    flags.add("parent-mib", given.parent_mib, "how much memory the parent has [MiB]");
    flags.add("seconds", given.seconds, "how long to measure");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.concurrency < 1 || given.parent_mib < 0 || given.seconds < 1) {
        return flags.wrong("at least 1 at a time, 0 MiB and 1 second");
    }
    return support::run_program([&] { return measure(given); });
}
