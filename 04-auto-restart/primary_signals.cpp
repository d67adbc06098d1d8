#include "04-auto-restart/primary_signals.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include "04-auto-restart/orphan_reaper.hpp"
#include "support/log.hpp"
#include "support/timeout.hpp"

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

// A terminal that goes may say so more than once; without a meaning of its own only the first time
// counts.
asio::awaitable<int> until_hangup(std::function<void()> meaning) {
    asio::signal_set hangup(co_await asio::this_coro::executor, SIGHUP);
    for (;;) {
        const auto [error, number] = co_await hangup.async_wait(support::as_result);
        if (error || !meaning) co_return SIGHUP;
        meaning();
    }
}

// A cluster that finishes what it has, until a signal says that there is no time for that.
class graceful_stop {
  public:
    graceful_stop(supervisor& workers, const stop_settings& settings, int code)
        : workers_(workers), before_(settings.before), code_(code), end_(workers.executor()) {
        end_.expires_after(settings.limit);
    }

    asio::awaitable<int> run() {
        const auto first = co_await (stop() || hasten());
        if (const auto& failure = std::get<0>(first)) std::rethrow_exception(failure);
        co_return code_;
    }

  private:
    // An exception is carried as a value: the operator || would take it for "not finished yet".
    asio::awaitable<std::exception_ptr> stop() {
        std::exception_ptr failure;
        try {
            // Workers that end meanwhile are replaced: what waits needs somebody to take it.
            if (before_) co_await support::with_end(before_(), until_end());
        } catch (...) {
            failure = std::current_exception();  // the workers shall leave all the same
        }
        co_await workers_.stop(left());
        co_return failure;
    }

    asio::awaitable<void> until_end() {
        while (left().count() > 0) co_await end_.async_wait(support::as_result);
    }

    [[nodiscard]] std::chrono::milliseconds left() const {
        const auto left = end_.expiry() - std::chrono::steady_clock::now();
        const std::chrono::milliseconds none(0);
        return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), none);
    }

    // Signals that come meanwhile. Never completes otherwise.
    asio::awaitable<void> hasten() {
        for (;;) {
            const int number = co_await support::until_signal();
            const bool quit = number == SIGQUIT;
            if (quit) code_ = quit_code;
            support::log() << "a second signal: the fast way";
            workers_.kill_all(quit ? std::chrono::seconds(0) : fast_way,
                              "the primary stops the fast way");
            end_.expires_after(std::chrono::seconds(0));
        }
    }

    supervisor& workers_;
    const std::function<asio::awaitable<void>()>& before_;
    int code_;
    asio::steady_timer end_;
};

asio::awaitable<stop_cause> first_cause(supervisor& workers, std::function<void()> on_hangup) {
    auto first = co_await (support::until_signal() || until_hangup(std::move(on_hangup)) ||
                           workers.until_failed());
    if (first.index() == 2) co_return stop_cause{0, std::get<2>(first)};
    co_return stop_cause{first.index() == 0 ? std::get<0>(first) : SIGHUP, ""};
}

}  // namespace

asio::awaitable<stop_cause> until_asked_to_stop(supervisor& workers,
                                                std::function<void()> on_hangup) {
    const orphan_reaper orphans(workers.executor());
    auto first = co_await (first_cause(workers, std::move(on_hangup)) || scale_on_signals(workers));
    co_return std::get<0>(std::move(first));
}

asio::awaitable<int> stop_as_asked(supervisor& workers, int signal, stop_settings settings) {
    if (signal == SIGQUIT) {
        workers.kill_all(std::chrono::seconds(0), "SIGQUIT to the primary");
        co_await workers.stop(std::chrono::seconds(0));
        co_return quit_code;
    }
    const int code = signal == 0 ? supervisor::failed_code : 0;
    graceful_stop stop(workers, settings, code);
    co_return co_await stop.run();
}

asio::awaitable<int> run_until_signalled(supervisor& workers, stop_settings settings) {
    const held_signals held(workers.executor());
    const stop_cause cause = co_await until_asked_to_stop(workers);
    if (cause.signal == 0)
        support::log() << cause.failure;
    else if (cause.signal != SIGQUIT)
        support::log() << "stopping: the workers finish what they have";
    co_return co_await stop_as_asked(workers, cause.signal, std::move(settings));
}

}  // namespace cluster
