#include "07-state-sharing/full_cluster/primary_part.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include "07-state-sharing/change_relay.hpp"
#include "07-state-sharing/full_cluster/beside.hpp"
#include "07-state-sharing/full_cluster/dashboard.hpp"
#include "07-state-sharing/full_cluster/service_manager.hpp"
#include "07-state-sharing/full_cluster/stores.hpp"
#include "07-state-sharing/full_cluster/worker_orders.hpp"
#include "07-state-sharing/state_directory.hpp"
#include "support/log.hpp"

namespace full_cluster {
namespace {

using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

constexpr const char* busy_answer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n";

cluster::setup setup_of(const settings& given, std::vector<std::string> arguments,
                        const std::vector<inherited_listener>& inherited) {
    cluster::setup setup;
    setup.policy = cluster::policy_named(given.policy);
    setup.refusal = busy_answer;
    cluster::worker_limits limits;
    limits.hang = std::chrono::milliseconds(given.hang_limit);
    setup.limits = limits;
    if (!inherited.empty()) {
        arguments.insert(arguments.end(),
                         {"--listen-fd", std::to_string(inherited.front().socket.get())});
    }
    setup.arguments = std::move(arguments);
    return setup;
}

void log_what_happens(board& events) {
    events.on_happening.add([](const happening& event) {
        support::log line;
        line << event.kind;
        if (event.worker) line << ": worker " << *event.worker;
        line << ": " << event.text;
    });
}

// SIGUSR1: whoever rotates logs has renamed the file.
asio::awaitable<void> pass_on_log_rotation(cluster::primary& cluster) {
    asio::signal_set rotated(co_await asio::this_coro::executor, SIGUSR1);
    for (;;) {
        const auto [error, signal] = co_await rotated.async_wait(support::as_result);
        if (error) co_return;
        for (cluster::worker* each : cluster.workers()) each->send(message_of(order::reopen_log));
    }
}

// Its failure is a result: the workers leave, and then it is thrown.
asio::awaitable<std::exception_ptr> live_and_end(cluster::primary& cluster, board& events,
                                                 service_manager& manager) {
    std::exception_ptr failure;
    try {
        co_await cluster.until_signal();
        events.note("stop", std::nullopt, "a stop was asked for");
    } catch (const cluster::workers_failed& error) {
        events.note("stop", std::nullopt, error.what());
        failure = std::current_exception();
    }
    events.set_stopping();
    manager.stopping();
    co_await cluster.disconnect(30s);
    co_return failure;
}

// The cluster goes on without a task that failed.
void say_failed(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& failure) {
        support::log() << "going on without: " << failure.what();
    }
}

void tell_manager(board& events, service_manager& manager) {
    events.on_happening.add([&, ready = false](const happening& event) mutable {
        manager.status(event.kind + ": " + event.text);
        if (events.stopping()) return;
        if (event.kind == "listening" && !std::exchange(ready, true)) manager.ready();
        if (event.kind == "reload") events.reloading() ? manager.reloading() : manager.ready();
    });
}

}  // namespace

asio::awaitable<void> lead(cluster::primary& cluster, const settings& given,
                           const std::vector<std::string>& arguments,
                           const std::vector<inherited_listener>& inherited) {
    const auto executor = co_await asio::this_coro::executor;
    const state::state_directory owned(given.state_directory);
    kept_store store(given);
    state::change_relay relay(executor, cluster);
    service_manager manager;
    board events(cluster, given.policy, given.watch);
    log_what_happens(events);
    cluster.setup(setup_of(given, arguments, inherited));
    dashboard shown(executor, {cluster, events, store.get()}, given.admin_port, given.pages);
    support::log() << "dashboard: http://127.0.0.1:" << shown.port() << "/";
    tell_manager(events, manager);
    cluster.on_exit([&store](auto&, const auto&) { store.worker_ended(); });
    cluster.keep_running(given.workers);

    const auto ended =
        co_await (live_and_end(cluster, events, manager) || beside(shown.run(), say_failed) ||
                  beside(pass_on_log_rotation(cluster), say_failed) ||
                  beside(manager.stay_alive(), say_failed) || beside(store.keep(), say_failed));
    const std::exception_ptr failure = std::get<0>(ended);
    shown.close();
    store.close();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace full_cluster
