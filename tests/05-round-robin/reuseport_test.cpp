// Sockets of their own for the slots: what becomes of them when workers go.
#include "tests/05-round-robin/family.hpp"
#include "tests/load.hpp"

using namespace tests;

TEST_CASE("what waits in a slot's own socket is served by the slot's next worker",
          "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, {"--workers", "2", "--policy", "reuseport"});
        co_await cluster.until_listening(2);
        cluster.signal_workers(SIGSTOP);
        load clients(executor, cluster.port());
        clients.start(20, 1);
        co_await cpu_share(cluster.process().pid());  // until all have knocked
        cluster.signal_workers(SIGKILL);
        co_await clients.until_done();
        CHECK(clients.account().answered == 20);
        co_await cluster.stop();
    });
}

TEST_CASE("the kernel gives no connection to a slot that stays empty", "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, {"--workers", "4", "--policy", "reuseport", "--no-restart"});
        co_await cluster.until_listening(4);
        // One that is not replaced, and after it one that is not wanted any more.
        ::kill(cluster.workers().at(1), SIGKILL);
        co_await cluster.until(" ended: ", 1);
        cluster.process().kill(SIGTTOU);
        co_await cluster.until(" ended: ", 2);
        load clients(executor, cluster.port());
        clients.start(4, 25);
        co_await clients.until_done();
        CHECK(clients.account().answered == 100);
        co_await cluster.stop();
    });
}

TEST_CASE("a slot that was empty for a while gets its share of the port again", "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family cluster(executor, {"--workers", "2", "--policy", "reuseport"});
        co_await cluster.until_listening(2);
        const std::uint16_t port = cluster.port();
        cluster.process().kill(SIGTTOU);
        co_await cluster.until(" ended: ");
        cluster.process().kill(SIGTTIN);
        co_await cluster.until(" listens on http://127.0.0.1:" + std::to_string(port), 3);
        load clients(executor, port);
        clients.start(4, 50);
        co_await clients.until_done();
        CHECK(clients.account().answered == 200);
        CHECK(clients.account().bodies.size() == 2);
        co_await cluster.stop();
    });
}
