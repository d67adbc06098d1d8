// bare_spawn_rate: what spawn_rate measures, with posix_spawn(3), pidfd_open(2), poll(2) and
// waitid(2) alone: the measure for child_process::spawn, which looks after errors, descriptors and
// signals besides. One operation is a /bin/true that has been started, has ended with code 0 and
// has been reaped.
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "bench/programs/measurement.hpp"
#include "support/flags.hpp"
#include "support/syscall.hpp"
#include "support/unique_fd.hpp"

namespace {

constexpr std::chrono::milliseconds warm_up{300};

support::unique_fd start() {
    char name[] = "/bin/true";
    char* const arguments[] = {name, nullptr};
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, name, nullptr, nullptr, arguments, environ);
    if (error != 0) support::throw_error({error, std::system_category()}, "posix_spawn");
    const auto pidfd = support::check("pidfd_open", ::syscall(SYS_pidfd_open, pid, 0));
    return support::unique_fd(static_cast<int>(pidfd));
}

// The pidfd tells that it has ended; so this does not wait.
void reap(const support::unique_fd& pidfd) {
    siginfo_t info{};
    const auto id = static_cast<id_t>(pidfd.get());
    support::check("waitid", support::retry([&] { return ::waitid(P_PIDFD, id, &info, WEXITED); }));
    if (info.si_code != CLD_EXITED || info.si_status != 0) {
        throw std::runtime_error("a child has failed");
    }
}

std::uint64_t spawn_until(bench::steady::time_point end, int concurrency) {
    std::uint64_t count = 0;
    std::vector<support::unique_fd> children;
    std::vector<pollfd> watched;
    for (int n = 0; n < concurrency; ++n) {
        children.push_back(start());
        watched.push_back({children.back().get(), POLLIN, 0});
    }
    while (!children.empty()) {
        support::check("poll",
                       support::retry([&] { return ::poll(watched.data(), watched.size(), -1); }));
        for (std::size_t n = watched.size(); n-- > 0;) {
            if (watched[n].revents == 0) continue;
            reap(children[n]);
            ++count;
            if (bench::steady::now() < end) {
                children[n] = start();
                watched[n] = {children[n].get(), POLLIN, 0};
            } else {
                children.erase(children.begin() + static_cast<std::ptrdiff_t>(n));
                watched.erase(watched.begin() + static_cast<std::ptrdiff_t>(n));
            }
        }
    }
    return count;
}

}  // namespace

int main(int argc, char** argv) try {
    int concurrency = 1;
    int parent_mib = 0;
    int seconds = 2;
    support::flags flags("bare_spawn_rate", "How many programs a second posix_spawn can start.");
    flags.add("concurrency", concurrency, "how many at a time");
    flags.add("parent-mib", parent_mib, "how much memory the parent has [MiB]");
    flags.add("seconds", seconds, "how long to measure");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (concurrency < 1 || parent_mib < 0 || seconds < 1) {
        return flags.wrong("at least 1 at a time, 0 MiB and 1 second");
    }
    const std::vector<char> memory(static_cast<std::size_t>(parent_mib) * 1024 * 1024, 'x');
    spawn_until(bench::steady::now() + warm_up, concurrency);

    const bench::stopwatch watch;
    const std::int64_t children = bench::cpu_us(RUSAGE_CHILDREN);
    const auto count =
        spawn_until(bench::steady::now() + std::chrono::seconds(seconds), concurrency);
    bench::json result = {{"operations", count}, {"seconds", watch.seconds()}};
    result["cpu_us"] = watch.cpu_us() + bench::cpu_us(RUSAGE_CHILDREN) - children;
    bench::print(result);
    return memory.empty() || memory.back() == 'x' ? 0 : 1;  // it was there until now
} catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
    return 1;
}
