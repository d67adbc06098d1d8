#include "06-cluster-lib/run.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "04-auto-restart/process_title.hpp"
#include "04-auto-restart/supervisor.hpp"
#include "06-cluster-lib/worker_main.hpp"
#include "support/log.hpp"

namespace cluster {
namespace {

using namespace asio::experimental::awaitable_operators;

// As in Node, the primary does not end under its workers.
asio::awaitable<void> until_over(primary& cluster, const primary_body& body) {
    co_await body(cluster);
    if (cluster.wanted() > 0) {
        co_await cluster.until_signal();
    } else {
        co_await (cluster.until_empty() || cluster.until_signal());
    }
}

asio::awaitable<int> lead(std::vector<std::string> arguments, const primary_body& body) {
    primary cluster(co_await asio::this_coro::executor);
    cluster::setup own;
    own.arguments = std::move(arguments);
    cluster.setup(own);
    std::string failure;
    try {
        co_await until_over(cluster, body);
    } catch (const workers_failed& failed) {
        failure = failed.what();
    }
    co_await cluster.disconnect();
    if (failure.empty()) co_return cluster.exit_code();
    std::cerr << "error: " << failure << std::endl;
    co_return supervisor::failed_code;
}

}  // namespace

int run(int argc, char** argv, const primary_body& primary, const worker_body& worker) try {
    if (is_started_as_worker()) {
        return worker_main([&](net::membership&) -> asio::awaitable<void> {
            this_worker self(co_await asio::this_coro::executor);
            support::set_log_role("worker " + std::to_string(self.id()));
            co_await worker(self);
        });
    }
    // Before the title, which is written over them.
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    support::set_log_role("primary");
    set_process_title("primary");
    return support::run_program([&] { return lead(std::move(arguments), primary); });
} catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
    return 1;
}

}  // namespace cluster
