// Runs any program as a cluster: `run_cluster --workers 4 -- node app.js`. The program needs no
// change; where it listens, its workers share.
//
// Exit codes: 0 stopped by a signal · 70 the workers do not come up · 131 SIGQUIT · 1 it failed · 2
// wrong flags
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "06-cluster-lib/run.hpp"
#include "support/cpu_count.hpp"
#include "support/flags.hpp"
#include "support/log.hpp"

namespace {

struct settings {
    std::uint16_t port = support::default_port();
    bool port_from_app = false;
    int workers = support::available_cpus();
    std::string policy = "round-robin";
    int stop_limit = 30'000;
    std::vector<std::string> command;
};

cluster::setup setup_for(const settings& given) {
    cluster::setup setup;
    setup.program = given.command.front();
    setup.arguments.emplace(given.command.begin() + 1, given.command.end());
    setup.policy = cluster::policy_named(given.policy);
    cluster::worker_limits limits;
    limits.leave = std::chrono::milliseconds(given.stop_limit);
    setup.limits = limits;
    if (!given.port_from_app) {
        auto env = child_process::current_environment();
        env["PORT"] = std::to_string(given.port);
        setup.env = std::move(env);
    }
    return setup;
}

void tell(cluster::primary& cluster) {
    cluster.on_fork([](cluster::worker& worker) {
        support::log() << "worker " << worker.id() << " started, pid " << worker.pid();
    });
    cluster.on_listening([](cluster::worker& worker, const cluster::listening_address& where) {
        auto line = support::log();
        line << "worker " << worker.id() << " listens on ";
        if (where.port < 0)
            line << where.address;
        else
            line << (where.address.empty() ? "port" : where.address) << " " << where.port;
    });
    cluster.on_exit([](cluster::worker& worker, child_process::exit_status) {
        support::log() << worker.report();
    });
    cluster.on_give_up([](const std::string& reason) {
        support::log() << "too many failures, giving up for a while; the last one: " << reason;
    });
    cluster.on_reload([](const std::optional<std::string>& failure) {
        support::log() << "reload: " << failure.value_or("done");
    });
}

asio::awaitable<void> lead(cluster::primary& cluster, const settings& given) {
    cluster.setup(setup_for(given));
    tell(cluster);
    cluster.keep_running(given.workers);
    co_await cluster.until_signal();
    support::log() << "stopping: the workers finish what they have";
    co_await cluster.disconnect(std::chrono::milliseconds(given.stop_limit));
}

asio::awaitable<void> no_worker(cluster::this_worker&) {
    throw std::runtime_error("run_cluster is no worker: give it a program to run");
    co_return;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("run_cluster", "Runs a program as the workers of a cluster.");
    flags.add("workers", given.workers, "how many workers");
    flags.add("policy", given.policy,
              ("who gets a connection: " + cluster::policy_names()).c_str());
    flags.add("port", given.port, "what the program finds in its environment as PORT");
    flags.add("port-from-app", given.port_from_app,
              "leave PORT in the environment as it is: the program knows its port");
    flags.add("stop-limit", given.stop_limit, "time for the workers to finish at the end [ms]");
    flags.rest(given.command, "PROGRAM [ARGUMENT...]");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.command.empty())
        return flags.wrong("which program? run_cluster -- PROGRAM ARGUMENT…");
    if (given.workers < 1) return flags.wrong("--workers must be at least 1");
    if (given.stop_limit < 0) return flags.wrong("--stop-limit is not negative");
    if (!cluster::policy_named(given.policy)) {
        return flags.wrong("--policy is one of " + cluster::policy_names());
    }
    return cluster::run(
        argc, argv, [&](cluster::primary& cluster) { return lead(cluster, given); }, no_worker);
}
