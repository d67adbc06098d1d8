// Workers that do what no worker should: the primary is not hurt, and the others serve.
#include <fstream>

#include "tests/05-round-robin/family.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

/// The most memory that a process has had. [KiB]
long most_memory(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
    }
    return 0;
}

// A message may have 64 MiB; it is moved when it grows, and malloc keeps some of what it had
// before. The address sanitizer keeps all that was freed, up to a quarter of a GiB more.
#ifdef __SANITIZE_ADDRESS__
constexpr long memory_limit = 640L * 1024;
#else
constexpr long memory_limit = 256L * 1024;
#endif

}  // namespace

TEST_CASE("a worker that breaks the rules is killed and replaced, and its primary lives",
          "[05][misbehaviour]") {
    for (const std::string how : {"garbage", "half", "flood", "lane", "descriptors"}) {
        INFO(how);
        tests::run([how]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            family cluster(executor, {"--workers", "1", "--hang-limit", "1000", "--program",
                                      program("breaks_rules"), "--", how});
            co_await cluster.until(" ended: ", 2);
            co_await cluster.until(" started, pid ", 3);
            CHECK(most_memory(cluster.process().pid()) < memory_limit);
            const auto status = co_await cluster.stop(SIGQUIT);
            CHECK(status.code() == 131);
        });
    }
}

TEST_CASE("a worker that does not read what it asks for is killed", "[05][misbehaviour]") {
    for (const std::string policy : {"shared", "reuseport", "round-robin"}) {
        INFO(policy);
        tests::run([policy]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            family cluster(executor, {"--workers", "1", "--policy", policy, "--program",
                                      program("breaks_rules"), "--", "asks"});
            co_await cluster.until("because: it does not read its answers", 2);
            CHECK(most_memory(cluster.process().pid()) < memory_limit);
            co_await cluster.stop(SIGQUIT);
        });
    }
}

TEST_CASE("a worker that takes leave again and again is killed", "[05][misbehaviour]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor,
                       {"--workers", "1", "--program", program("breaks_rules"), "--", "leaves"});
        co_await cluster.until(" ended: signal SIGKILL");
        CHECK(most_memory(cluster.process().pid()) < memory_limit);
        co_await cluster.stop(SIGQUIT);
    });
}

TEST_CASE("answers that nobody waits for change nothing", "[05][misbehaviour]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor,
                       {"--workers", "1", "--program", program("breaks_rules"), "--", "unknown"});
        co_await cluster.until_listening(1);
        const double share = co_await cpu_share(cluster.process().pid());
        CHECK(share < 0.5);
        CHECK(cluster.count(" ended: ") == 0);
        const auto status = co_await cluster.stop(SIGQUIT);
        CHECK(status.code() == 131);
    });
}
