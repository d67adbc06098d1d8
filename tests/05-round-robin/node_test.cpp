// Real Node processes on the other side: workers under our primary, and a primary over our workers.
#include "tests/05-round-robin/family.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

std::vector<std::string> node_workers(std::vector<std::string> flags) {
    const std::vector<std::string> program{
        "--workers", "2",  "--program",
        "node",      "--", source_file("tests/05-round-robin/node/worker.js")};
    flags.insert(flags.end(), program.begin(), program.end());
    return flags;
}

std::vector<std::string> under_node(const std::string& policy) {
    return {source_file("tests/05-round-robin/node/primary.js"), policy,   "2",
            stage_program("05-round-robin", "dispatch_worker"),  "--port", "0"};
}

/// As many requests, one after another.
asio::awaitable<load_account> ask(const asio::any_io_executor& executor, std::uint16_t port,
                                  int count) {
    load clients(executor, port);
    clients.start(1, static_cast<std::uint64_t>(count));
    co_await clients.until_done();
    co_return clients.account();
}

void check_equal_shares(const load_account& account, int each) {
    CHECK(account.bodies.size() == 2);
    for (const auto& [body, count] : account.bodies) CHECK(count == each);
}

asio::awaitable<bool> ends(pid_t pid) {
    support::unique_fd pidfd = open_process(pid);
    if (!pidfd) co_return true;  // ended and reaped
    co_return co_await ends_within(std::move(pidfd), slack);
}

}  // namespace

TEST_CASE("Node workers under our primary are served in turn", "[05][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, node_workers({}));
        co_await cluster.until_listening(2);
        const load_account account = co_await ask(executor, cluster.port(), 40);
        check_equal_shares(account, 20);
        const auto status = co_await cluster.stop();
        CHECK(status.code() == 0);
        CHECK(cluster.count(" ended: code 0, as it should") == 2);
    });
}

TEST_CASE("Node workers serve under every policy", "[05][node]") {
    if (!node_is_here()) return;
    for (const std::string policy : {"shared", "reuseport", "least-connections", "address-hash"}) {
        INFO(policy);
        tests::run([policy]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            family cluster(executor, node_workers({"--policy", policy}));
            co_await cluster.until_listening(2);
            const load_account account = co_await ask(executor, cluster.port(), 20);
            CHECK(account.answered == 20);
            const auto status = co_await cluster.stop();
            CHECK(status.code() == 0);
        });
    }
}

TEST_CASE("no client of our primary is refused or left hanging when Node workers are killed",
          "[05][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, node_workers({}));
        co_await cluster.until_listening(2);
        load clients(executor, cluster.port());
        clients.start(8);
        for (int kills = 1; kills <= 5; ++kills) {
            ::kill(cluster.workers().begin()->second, SIGKILL);
            co_await cluster.until(" ended: signal SIGKILL", kills);
            co_await cluster.until_listening(2 + kills);
        }
        co_await clients.until_answered(clients.account().answered + 50);
        co_await clients.finish();
        CHECK(clients.account().refused == 0);
        CHECK(clients.account().late == 0);
        // Ours offers one at a time, and Node answers for it before it is served.
        CHECK(clients.account().cut <= 5 * 8);
        co_await cluster.stop();
    });
}

TEST_CASE("Node workers that are full leave connections waiting, and our primary idle",
          "[05][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        ::setenv("MOST", "1", 1);
        family cluster(executor, node_workers({}));
        ::unsetenv("MOST");
        co_await cluster.until_listening(2);
        load clients(executor, cluster.port(), "/?ms=1500");
        clients.start(6, 1);
        const double share = co_await cpu_share(cluster.process().pid());
        CHECK(share < 0.05);
        co_await clients.until_done();
        CHECK(clients.account().answered == 6);
        co_await cluster.stop();
    });
}

TEST_CASE("our workers serve under a real Node primary, in turn or shared", "[05][node]") {
    if (!node_is_here()) return;
    for (const std::string policy : {"rr", "none"}) {
        INFO(policy);
        tests::run([policy]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            family cluster(executor, "node", under_node(policy));
            co_await cluster.until_listening(2);
            const load_account account = co_await ask(executor, cluster.port(), 40);
            CHECK(account.answered == 40);
            // In the order in which they became free: nobody is left out, and no more is promised.
            if (policy == "rr") CHECK(account.bodies.size() == 2);
            const auto status = co_await cluster.stop();
            CHECK(status.code() == 0);
            CHECK(cluster.count(" ended: code 0, as it should") == 2);
        });
    }
}

TEST_CASE("our workers end when their Node primary is killed", "[05][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, "node", under_node("rr"));
        co_await cluster.until_listening(2);
        co_await cluster.stop(SIGKILL);
        for (const auto& [id, pid] : cluster.workers()) {
            const bool ended = co_await ends(pid);
            CHECK(ended);
        }
    });
}
