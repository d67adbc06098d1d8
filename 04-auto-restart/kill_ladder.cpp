#include "04-auto-restart/kill_ladder.hpp"

#include <csignal>
#include <utility>

namespace cluster {
namespace {

// A process that we may no longer signal is not ours to end; its exit is still awaited.
void send(child_process::child& process, int signal) {
    std::error_code ignored;
    process.kill(signal, ignored);
}

}  // namespace

kill_ladder::kill_ladder(const asio::any_io_executor& executor, child_process::child& process,
                         std::chrono::milliseconds term_limit)
    : process_(process), term_limit_(term_limit), timer_(executor) {}

void kill_ladder::leave_within(std::chrono::milliseconds limit) {
    step_at(std::chrono::steady_clock::now() + limit, SIGTERM);
}

void kill_ladder::kill_within(std::chrono::milliseconds limit) {
    step_at(std::chrono::steady_clock::now() + limit, SIGKILL);
}

// SIGKILL goes before SIGTERM, and of two equal signals the earlier one.
void kill_ladder::step_at(time_point when, int signal) {
    const bool stronger = next_signal_ != SIGKILL && signal == SIGKILL;
    const bool sooner = next_signal_ == signal && when < when_;
    if (next_signal_ != 0 && !stronger && !sooner) return;
    next_signal_ = signal;
    when_ = when;
    timer_.expires_at(when);
    timer_.async_wait([self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
        // A wait that was over before it could be moved says nothing of the new time.
        if (!error && self && std::chrono::steady_clock::now() >= self->when_) self->step();
    });
}

void kill_ladder::step() {
    const int signal = std::exchange(next_signal_, 0);
    send(process_, signal);
    if (signal != SIGTERM) return;
    send(process_, SIGCONT);
    step_at(std::chrono::steady_clock::now() + term_limit_, SIGKILL);
}

}  // namespace cluster
