// A cluster in ten lines: this program is its primary, and each of its workers.
//
// Exit codes: 0 stopped by a signal · 70 the workers do not come up · 131 SIGQUIT · 1 it failed · 2
// wrong flags
#include <unistd.h>

#include <cluster_workshop/cluster.hpp>

#include "support/flags.hpp"

namespace {

using namespace std::chrono_literals;

struct settings {
    std::uint16_t port = support::default_port();
    int workers = support::available_cpus();
    std::string policy = "round-robin";
};

asio::awaitable<void> lead(cluster::primary& cluster, const settings& given) {
    cluster::setup setup;
    setup.policy = cluster::policy_named(given.policy);
    cluster.setup(setup);
    cluster.on_fork([](cluster::worker& worker) {
        support::log() << "worker " << worker.id() << " started, pid " << worker.pid();
    });
    cluster.on_listening([](cluster::worker& worker, const cluster::listening_address& where) {
        support::log() << "worker " << worker.id() << " listens on http://127.0.0.1:" << where.port
                       << "/";
    });
    cluster.on_exit([](cluster::worker& worker, child_process::exit_status status) {
        support::log() << "worker " << worker.id() << " died: " << status;
    });
    cluster.on_reload([](const std::optional<std::string>& failure) {
        support::log() << "reload: " << failure.value_or("done");
    });
    cluster.keep_running(given.workers);
    co_await cluster.until_signal();
    co_await cluster.disconnect(30s);
}

asio::awaitable<void> work(cluster::this_worker& self, const settings& given) {
    const auto hello = [&](const support::http_request&, support::http_reply& reply) {
        reply.text("hello from worker " + std::to_string(self.id()) + ", pid " +
                   std::to_string(::getpid()) + "\n");
    };
    support::http_server http(co_await asio::this_coro::executor, hello);
    cluster::server server = co_await self.listen(given.port);
    co_await net::serve_http(server, http);
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("http_cluster", "Answers HTTP with all cpus.");
    flags.add("port", given.port, "port to answer on; 0 picks a free one");
    flags.add("workers", given.workers, "how many workers");
    flags.add("policy", given.policy,
              ("who gets a connection: " + cluster::policy_names()).c_str());
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.workers < 1) return flags.wrong("--workers must be at least 1");
    if (!cluster::policy_named(given.policy)) {
        return flags.wrong("--policy is one of " + cluster::policy_names());
    }
    return cluster::run(
        argc, argv, [&](cluster::primary& cluster) { return lead(cluster, given); },
        [&](cluster::this_worker& self) { return work(self, given); });
}
