#include "tests/04-auto-restart/processes.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "01-spawn-exec/pipes.hpp"
#include "support/timeout.hpp"

namespace tests {

std::uint64_t cpu_time(pid_t pid) {
    std::uint64_t nanoseconds = 0;
    std::ifstream("/proc/" + std::to_string(pid) + "/schedstat") >> nanoseconds;
    return nanoseconds;
}

asio::awaitable<double> cpu_share(pid_t pid) {
    const std::uint64_t before = cpu_time(pid);
    co_await support::pause(std::chrono::seconds(1));
    co_return static_cast<double>(cpu_time(pid) - before) / 1e9;
}

support::unique_fd open_process(pid_t pid) {
    return support::unique_fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

asio::awaitable<bool> ends_within(support::unique_fd pidfd, std::chrono::milliseconds limit) {
    auto end = child_process::watch(co_await asio::this_coro::executor, pidfd);
    auto ended = [&]() -> asio::awaitable<void> {
        co_await end.async_wait(end.wait_read, support::as_result);
    };
    co_return co_await support::with_timeout(ended(), limit);
}

asio::awaitable<void> until_seen(std::function<bool()> done) {
    while (!done()) co_await support::pause(std::chrono::milliseconds(10));
}

char state_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(") ");
    return name_end == line.npos ? 'X' : line[name_end + 2];
}

bool computes(pid_t pid) {
    constexpr std::uint64_t much = 300'000'000;
    return cpu_time(pid) > much;
}

}  // namespace tests
