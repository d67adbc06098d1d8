// Workers that are replaced, or missing, under load: no client notices.
#include <cstdlib>

#include "support/async_condition.hpp"
#include "tests/06-cluster-lib/keep_alive_load.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/load.hpp"

#include <cluster_workshop/cluster.hpp>

using namespace tests;

namespace {

// RELOADS=100 for the whole proof, which takes minutes.
int reloads_to_do() {
    const char* text = std::getenv("RELOADS");
    return text == nullptr ? 5 : std::stoi(text);
}

cluster::setup http_apps(std::vector<std::string> arguments = {"--port", "0"}) {
    cluster::setup setup;
    setup.program = stage_program("06-cluster-lib", "http_app");
    setup.arguments = std::move(arguments);
    setup.proof = std::chrono::milliseconds(20);
    return setup;
}

/// The port that the workers listen on, after the first one has said so.
class first_port {
  public:
    explicit first_port(cluster::primary& cluster, const asio::any_io_executor& executor)
        : news_(executor) {
        cluster.on_listening([this](cluster::worker&, const cluster::listening_address& where) {
            port_ = where.port;
            ++listened_;
            news_.notify_all();
        });
    }
    asio::awaitable<std::uint16_t> until(int workers) {
        while (listened_ < workers) co_await news_.wait();
        co_return static_cast<std::uint16_t>(port_);
    }

  private:
    int port_ = 0;
    int listened_ = 0;
    support::async_condition news_;
};

}  // namespace

TEST_CASE("reloads under load cost nobody an answer", "[06][reload]") {
    tests::run_at_most(std::chrono::minutes(15), []() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        cluster::primary cluster(executor);
        cluster.setup(http_apps());
        first_port ports(cluster, executor);
        cluster.keep_running(2);
        const std::uint16_t port = co_await ports.until(2);
        load fresh(executor, port);
        fresh.start(4);
        keep_alive_load kept(executor, port);
        kept.start(4, std::chrono::milliseconds(0));
        keep_alive_load slow(executor, port);
        slow.start(16, std::chrono::milliseconds(1000));
        const int reloads = reloads_to_do();
        for (int n = 0; n < reloads; ++n) {
            const auto failure = co_await cluster.reload();
            REQUIRE_FALSE(failure);
        }
        co_await fresh.finish();
        co_await kept.finish();
        co_await slow.finish();
        const std::uint64_t requests = fresh.account().asked() + kept.answered() + slow.answered();
        UNSCOPED_INFO("reloads " << reloads << ", requests " << requests << ", with gaps "
                                 << slow.answered() << ", told to close " << slow.closed());
        CHECK(fresh.account().answered == fresh.account().asked());
        CHECK(kept.failed() == 0);
        CHECK(slow.failed() == 0);
        CHECK(slow.closed() > 0);
        if (reloads >= 100) CHECK(requests >= 200'000);
        co_await cluster.disconnect();
    });
}

TEST_CASE("three seconds without any worker refuse nobody", "[06][reload]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        cluster::primary cluster(executor);
        cluster.setup(http_apps());
        first_port ports(cluster, executor);
        cluster.keep_running(2);
        const std::uint16_t port = co_await ports.until(2);
        // The next workers begin three seconds late.
        cluster::setup late;
        late.program = "/bin/sh";
        late.arguments = {"-c", "sleep 3; exec \"$0\" --port 0",
                          stage_program("06-cluster-lib", "http_app")};
        cluster.setup(late);
        for (cluster::worker* each : cluster.workers()) each->kill(SIGKILL);
        load clients(executor, port);
        clients.start(40, 1);
        co_await clients.until_done();
        CHECK(clients.account().answered == 40);
        CHECK(clients.account().refused == 0);
        co_await cluster.disconnect();
    });
}
