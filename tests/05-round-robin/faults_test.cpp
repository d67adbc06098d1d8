// What a cluster must survive, with real processes.
#include <sys/resource.h>

#include <random>

#include "support/syscall.hpp"
#include "tests/05-round-robin/family.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

pid_t any_of(const std::map<int, pid_t>& workers, std::mt19937& random) {
    auto one = workers.begin();
    std::advance(one, static_cast<long>(random() % workers.size()));
    return one->second;
}

/// Lets another process have no more descriptors than so many; those that are open stay.
/// @return the limit before
rlimit limit_descriptors(pid_t pid, rlim_t most) {
    rlimit before{};
    support::check("prlimit", ::prlimit(pid, RLIMIT_NOFILE, nullptr, &before));
    const rlimit wanted{most, before.rlim_max};
    support::check("prlimit", ::prlimit(pid, RLIMIT_NOFILE, &wanted, nullptr));
    return before;
}

}  // namespace

TEST_CASE("two hundred killed workers cost no more than the requests they had taken",
          "[05][faults]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        // At this rate a connection may well meet three dying workers in a row.
        family cluster(executor, {"--workers", "4", "--offers", "100"});
        co_await cluster.until_listening(4);
        load clients(executor, cluster.port());
        clients.start(16);
        std::mt19937 random(4711);
        for (int kills = 1; kills <= 200; ++kills) {
            ::kill(any_of(cluster.listening_workers(), random), SIGKILL);
            co_await cluster.until(" ended: signal SIGKILL", kills);
            co_await cluster.until_listening(2 + kills);  // two at most are missing
        }
        co_await clients.until_answered(clients.account().answered + 100);
        co_await clients.finish();
        const load_account& account = clients.account();
        const std::uint64_t taken = cluster.sum_after(", with ");
        WARN(account.asked() << " requests, " << account.cut << " cut, " << taken
                             << " open on the killed workers");
        CHECK(account.refused == 0);
        CHECK(account.late == 0);
        CHECK(account.failed == 0);
        CHECK(account.cut <= taken);
        const auto status = co_await cluster.stop();
        CHECK(status.code() == 0);
    });
}

TEST_CASE("forty waiting connections survive the death of all workers", "[05][faults]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, {"--workers", "2"});
        co_await cluster.until_listening(2);
        cluster.signal_workers(SIGSTOP);
        load clients(executor, cluster.port());
        clients.start(40, 1);
        // The primary has offered as many as the workers have credit for.
        const auto workers = cluster.workers();
        co_await cpu_share(cluster.process().pid());
        CHECK(clients.account().asked() == 0);
        cluster.signal_workers(SIGKILL);
        co_await clients.until_done();
        CHECK(clients.account().answered == 40);
        // Each has ended, which may be told after its clients were served by others.
        for (const auto& [id, pid] : workers) {
            co_await cluster.until("worker " + std::to_string(id) + " (slot");
        }
        co_await cluster.stop();
    });
}

TEST_CASE("a primary that is out of descriptors waits without spinning, and loses nobody",
          "[05][faults]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        rlimit before{};
        ::getrlimit(RLIMIT_NOFILE, &before);
        const rlimit few{64, before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
        family cluster(executor, {"--workers", "4", "--hang-limit", "0"});
        ::setrlimit(RLIMIT_NOFILE, &before);
        co_await cluster.until_listening(4);
        cluster.signal_workers(SIGSTOP);
        load clients(executor, cluster.port());
        clients.start(500, 1);
        co_await cpu_share(cluster.process().pid());  // until all have knocked
        const double share = co_await cpu_share(cluster.process().pid());
        WARN("cpu of the full primary: " << share * 100 << " %");
        CHECK(share < 0.05);
        CHECK(clients.account().asked() == 0);
        cluster.signal_workers(SIGCONT);
        co_await clients.until_done();
        CHECK(clients.account().answered == 500);
        const auto status = co_await cluster.stop();
        CHECK(status.code() == 0);
    });
}

TEST_CASE("a worker whose own files fill its table serves again when they are closed",
          "[05][faults]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, {"--workers", "1"});
        co_await cluster.until_listening(1);
        load clients(executor, cluster.port());
        clients.start(1, 1);  // so that it has its lane, and nothing open any more
        co_await clients.until_done();
        const pid_t worker = cluster.workers().begin()->second;
        const rlimit before = limit_descriptors(worker, 1);
        load others(executor, cluster.port());
        others.start(4, 1);
        const double share = co_await cpu_share(worker);  // until it has refused them
        CHECK(share < 0.05);
        CHECK(others.account().asked() == 0);
        limit_descriptors(worker, before.rlim_cur);
        co_await others.until_done();
        CHECK(others.account().answered == 4);
        co_await cluster.stop();
    });
}

TEST_CASE("when all workers are at their limit connections wait, and nobody spins",
          "[05][faults]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, {"--workers", "2", "--", "--connections", "2"});
        co_await cluster.until_listening(2);
        load clients(executor, cluster.port(), "/slow?ms=1500");
        clients.start(12, 1);
        const double share = co_await cpu_share(cluster.process().pid());
        WARN("cpu of the primary while all are full: " << share * 100 << " %");
        CHECK(share < 0.05);
        co_await clients.until_done();
        CHECK(clients.account().answered == 12);
        co_await cluster.stop();
    });
}

TEST_CASE("four workers share a thousand connections exactly", "[05][faults]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, {"--workers", "4"});
        co_await cluster.until_listening(4);
        load clients(executor, cluster.port());
        clients.start(1, 1000);
        co_await clients.until_done();
        REQUIRE(clients.account().bodies.size() == 4);
        for (const auto& [body, count] : clients.account().bodies) CHECK(count == 250);
        co_await cluster.stop();
    });
}

TEST_CASE("the rotation of the others goes on unbroken when a worker dies", "[05][faults]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, {"--workers", "4", "--no-restart"});
        co_await cluster.until_listening(4);
        load clients(executor, cluster.port());
        clients.start(1, 402);
        co_await clients.until_done();
        // Two have had one more by now; the next one's turn ends with it.
        ::kill(cluster.workers().at(3), SIGKILL);
        co_await cluster.until(" ended: signal SIGKILL");
        load rest(executor, cluster.port());
        rest.start(1, 300);
        co_await rest.until_done();
        REQUIRE(rest.account().bodies.size() == 3);
        for (const auto& [body, count] : rest.account().bodies) CHECK(count == 100);
        CHECK(rest.account().answered == 300);
        co_await cluster.stop();
    });
}
