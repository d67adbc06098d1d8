#include "04-auto-restart/primary_signals.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <string>
#include <utility>
#include <variant>

#include "support/log.hpp"

namespace cluster {
namespace {

using namespace asio::experimental::awaitable_operators;

constexpr int quit_code = 128 + SIGQUIT;
constexpr std::chrono::seconds fast_way{1};

asio::awaitable<void> scale_on_signals(supervisor& workers) {
    asio::signal_set signals(co_await asio::this_coro::executor, SIGTTIN, SIGTTOU);
    for (;;) {
        const auto [error, number] = co_await signals.async_wait(support::as_result);
        if (error) co_return;
        const int change = number == SIGTTIN ? 1 : -1;
        const int count = std::max(1, workers.wanted() + change);
        support::log() << "workers wanted: " << count;
        workers.keep_running(count);
    }
}

asio::awaitable<int> until_hangup() {
    asio::signal_set signals(co_await asio::this_coro::executor, SIGHUP);
    co_await signals.async_wait(support::as_result);
    co_return SIGHUP;
}

/// Signals that come while the workers are leaving. Never completes otherwise.
asio::awaitable<void> hasten(supervisor& workers) {
    const int number = co_await support::until_signal();
    const bool quit = number == SIGQUIT;
    support::log() << "a second signal: the fast way";
    workers.kill_all(quit ? std::chrono::seconds(0) : fast_way, "the primary stops the fast way");
    for (;;) co_await support::until_signal();
}

asio::awaitable<int> stop(supervisor& workers, const stop_settings& settings) {
    auto gracefully = [&]() -> asio::awaitable<void> {
        if (settings.before) co_await settings.before();
        co_await workers.stop(settings.limit);
    };
    co_await (gracefully() || hasten(workers));
    co_return 0;
}

}  // namespace

asio::awaitable<int> run_until_signalled(supervisor& workers, stop_settings settings) {
    auto scaling = scale_on_signals(workers);
    auto signalled = support::until_signal();
    auto hung_up = until_hangup();
    auto failed = workers.until_failed();
    auto first = co_await (std::move(signalled) || std::move(hung_up) || std::move(failed) ||
                           std::move(scaling));
    if (first.index() == 2) {
        support::log() << std::get<2>(first);
        co_await workers.stop(settings.limit);
        co_return supervisor::failed_code;
    }
    const int number = first.index() == 0 ? std::get<0>(first) : SIGHUP;
    if (number == SIGQUIT) {
        workers.kill_all(std::chrono::seconds(0), "SIGQUIT to the primary");
        co_await workers.stop(std::chrono::seconds(0));
        co_return quit_code;
    }
    support::log() << "stopping: the workers finish what they have";
    co_return co_await stop(workers, settings);
}

}  // namespace cluster
