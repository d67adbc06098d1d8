// measures_notification WORKERS CHANGES FILE: how late each worker hears of a change, while all of
// them answer HTTP. Says "port N"; begins with the first request; then says how late the changes
// were heard, as JSON: {"heard": N, "p50_ms": …, "p99_ms": …, "max_ms": …}; stops at a signal.
#include <algorithm>
#include <cluster_workshop/cluster.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "07-state-sharing/change_relay.hpp"
#include "07-state-sharing/file_store.hpp"
#include "07-state-sharing/notified_watch.hpp"
#include "support/async_condition.hpp"
#include "support/timeout.hpp"

using json = nlohmann::json;

namespace {

using namespace std::chrono_literals;

struct settings {
    int workers = 0;
    int changes = 0;
    std::string file;
};

std::int64_t now_us() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// The worker is told to write one change after another; all say how late they heard.
asio::awaitable<void> lead(cluster::primary& cluster, const settings& given) {
    const auto executor = co_await asio::this_coro::executor;
    cluster::setup setup;
    setup.policy = cluster::policy::shared;  // the primary has no part in the load
    cluster.setup(setup);
    const state::change_relay relay(executor, cluster);
    support::async_condition news(executor);
    std::vector<double> late_ms;
    bool begun = false;
    int listening = 0;
    cluster.on_listening([&](auto&, const cluster::listening_address& where) {
        if (++listening == given.workers) std::cout << "port " << where.port << std::endl;
    });
    cluster.on_message([&](auto&, const json& message, auto) {
        if (message.contains("late_us")) late_ms.push_back(message["late_us"].get<double>() / 1000);
        begun = begun || message.contains("begun");
        news.notify_all();
    });
    cluster.keep_running(given.workers);
    while (!begun) co_await news.wait();
    for (int n = 0; n < given.changes; ++n) {
        const json order{{"write", n}};
        cluster.workers()[static_cast<std::size_t>(n % given.workers)]->send(order);
        const auto expected =
            static_cast<std::size_t>(n + 1) * static_cast<std::size_t>(given.workers);
        while (late_ms.size() < expected) co_await news.wait();
        co_await support::pause(2ms);
    }
    std::sort(late_ms.begin(), late_ms.end());
    const auto at = [&](double share) {
        return late_ms[static_cast<std::size_t>(share * static_cast<double>(late_ms.size() - 1))];
    };
    std::cout << json{{"heard", late_ms.size()},
                      {"p50_ms", at(0.5)},
                      {"p99_ms", at(0.99)},
                      {"max_ms", at(1)}}
              << std::endl;
    co_await cluster.until_signal();
    co_await cluster.disconnect();
}

asio::awaitable<void> tell(cluster::this_worker& self, json message) {
    static_cast<void>(co_await self.send(message));
}

asio::awaitable<void> work(cluster::this_worker& self, const settings& given) {
    const auto executor = co_await asio::this_coro::executor;
    state::file_store store(given.file);
    state::notified_watch watch(executor, store, "w/", self);
    watch.on_change([&](const std::string&, const std::optional<state::entry>& now) {
        const json late{{"late_us", now_us() - now->value().get<std::int64_t>()}};
        asio::co_spawn(executor, tell(self, late), support::rethrow);
    });
    self.on_message([&](const json& message, auto) {
        if (message.contains("write")) store.set("w/now", now_us());
    });
    bool begun = false;
    support::http_server http(
        executor, [&](const support::http_request&, support::http_reply& reply) {
            if (!std::exchange(begun, true)) {
                asio::co_spawn(executor, tell(self, json{{"begun", true}}), support::rethrow);
            }
            reply.text("hello\n");
        });
    cluster::server server = co_await self.listen(0);
    co_await net::serve_http(server, http);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    const settings given{std::stoi(argv[1]), std::stoi(argv[2]), argv[3]};
    return cluster::run(
        argc, argv, [&](cluster::primary& cluster) { return lead(cluster, given); },
        [&](cluster::this_worker& self) { return work(self, given); });
}
