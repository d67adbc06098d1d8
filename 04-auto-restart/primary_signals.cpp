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

// Goes on to the end: the default of these two would stop the primary.
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

// A terminal that goes may say so more than once; only the first time means something.
asio::awaitable<int> until_hangup(asio::signal_set& hangup) {
    co_await hangup.async_wait(support::as_result);
    co_return SIGHUP;
}

// Signals that come while the workers are leaving. Never completes otherwise.
asio::awaitable<void> hasten(supervisor& workers, int& code) {
    for (;;) {
        const int number = co_await support::until_signal();
        const bool quit = number == SIGQUIT;
        if (quit) code = quit_code;
        support::log() << "a second signal: the fast way";
        workers.kill_all(quit ? std::chrono::seconds(0) : fast_way,
                         "the primary stops the fast way");
    }
}

asio::awaitable<int> stop(supervisor& workers, const stop_settings& settings, int code) {
    auto gracefully = [&]() -> asio::awaitable<void> {
        if (settings.before) co_await settings.before();
        co_await workers.stop(settings.limit);
    };
    co_await (gracefully() || hasten(workers, code));
    co_return code;
}

asio::awaitable<int> run(supervisor& workers, const stop_settings& settings) {
    asio::signal_set hangup(co_await asio::this_coro::executor, SIGHUP);
    auto first =
        co_await (support::until_signal() || until_hangup(hangup) || workers.until_failed());
    if (first.index() == 2) {
        support::log() << std::get<2>(first);
        co_return co_await stop(workers, settings, supervisor::failed_code);
    }
    if (first.index() == 0 && std::get<0>(first) == SIGQUIT) {
        workers.kill_all(std::chrono::seconds(0), "SIGQUIT to the primary");
        co_await workers.stop(std::chrono::seconds(0));
        co_return quit_code;
    }
    support::log() << "stopping: the workers finish what they have";
    co_return co_await stop(workers, settings, 0);
}

}  // namespace

asio::awaitable<int> run_until_signalled(supervisor& workers, stop_settings settings) {
    const auto first = co_await (run(workers, settings) || scale_on_signals(workers));
    co_return std::get<0>(first);
}

}  // namespace cluster
