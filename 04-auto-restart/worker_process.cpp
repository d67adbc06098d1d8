#include "04-auto-restart/worker_process.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <csignal>
#include <utility>

#include "01-spawn-exec/spawn.hpp"

namespace cluster {
namespace {

using child_process::stdio;

constexpr int nowhere = -1;

// A heart that beats at least three times within the limit is heard also when one beat is late.
std::chrono::milliseconds beat_interval(std::chrono::milliseconds hang_limit) {
    const std::chrono::milliseconds usual{1'000};
    const std::chrono::milliseconds shortest{1};
    return hang_limit.count() == 0 ? usual : std::clamp(hang_limit / 4, shortest, usual);
}

}  // namespace

struct worker_process::launch {
    heartbeat memory;
    child_process::forked started;
    bool silent;
};

worker_process::launch worker_process::start(const asio::any_io_executor& executor, int id,
                                             const worker_command& command,
                                             const worker_limits& limits) {
    constexpr int memory_fd = 3;
    constexpr int channel_fd = 4;
    heartbeat memory = heartbeat::create();
    child_process::spawn_options options = command.options;
    if (!options.env) options.env = child_process::current_environment();
    auto& env = *options.env;
    env["NODE_UNIQUE_ID"] = std::to_string(id);
    env[orphan_guard::variable] = std::to_string(::getpid());
    env[heartbeat::variable] = heartbeat::announcement(memory_fd, beat_interval(limits.hang));
    auto& descriptors = options.descriptors;
    descriptors.resize(2, stdio::inherit());
    if (command.silent) descriptors[1] = stdio::pipe();
    descriptors.push_back(stdio::pipe());
    descriptors.push_back(stdio::descriptor(memory.fd()));
    const bool kill = command.primary_death == on_primary_death::kill;
    options.parent_death_signal = kill ? SIGKILL : orphan_guard::signal;
    auto started = child_process::fork(executor, command.program, command.arguments,
                                       std::move(options), channel_fd);
    return {std::move(memory), std::move(started), command.silent};
}

worker_process::worker_process(const asio::any_io_executor& executor, int id, int slot,
                               const worker_command& command, const worker_limits& limits)
    : worker_process(executor, id, slot, limits, start(executor, id, command, limits)) {}

worker_process::worker_process(const asio::any_io_executor& executor, int id, int slot,
                               const worker_limits& limits, launch started)
    : id_(id),
      slot_(slot),
      limits_(limits),
      memory_(std::move(started.memory)),
      process_(std::move(started.started.process)),
      channel_(executor, std::move(started.started.channel_end)),
      tail_(executor, process_.err(), started.silent ? nowhere : STDERR_FILENO),
      ladder_(executor, process_, limits.term),
      hang_({limits.hang, limits.abort}, started_),
      look_(executor) {
    if (started.silent) {
        output_.emplace(executor, process_.out(), nowhere);
        tail_.on_text = [this](std::string_view text) { on_output(STDERR_FILENO, text); };
        output_->on_text = [this](std::string_view text) { on_output(STDOUT_FILENO, text); };
    }
    if (limits_.hang.count() > 0) look_at_heart();
}

asio::awaitable<void> worker_process::relay() {
    using namespace asio::experimental::awaitable_operators;
    if (output_)
        co_await (tail_.relay() && output_->relay());
    else
        co_await tail_.relay();
}

std::uint64_t worker_process::post(json message) {
    message = messages::numbered(std::move(message));
    channel_.post(message);
    return messages::number_of(message);
}

std::uint64_t worker_process::post(json message, child_process::handle passed) {
    message = messages::numbered(std::move(message));
    channel_.post(message, std::move(passed));
    return messages::number_of(message);
}

void worker_process::disconnect(std::chrono::milliseconds limit) {
    wanted_ = true;
    if (is_dead()) return;
    if (!is_leaving()) post(messages::disconnect());
    state_ = worker_state::leaving;
    ladder_.leave_within(limit);
}

child_process::kill_result worker_process::kill(int signal) {
    std::error_code ignored;
    return process_.kill(signal, ignored);
}

void worker_process::kill_within(std::chrono::milliseconds limit, const std::string& reason) {
    if (reason_.empty()) reason_ = reason;
    if (limit.count() == 0)
        kill(SIGKILL);
    else
        ladder_.kill_within(limit);
}

void worker_process::leaves(const std::string& reason, std::chrono::milliseconds limit) {
    if (is_dead()) return;
    if (reason_.empty()) reason_ = reason;
    state_ = worker_state::leaving;
    ladder_.leave_within(limit);
}

void worker_process::set_ready() {
    was_ready_ = true;
    if (!is_leaving() && !is_dead()) state_ = worker_state::ready;
}

// The watch decides; here is only the clock and the signal.
void worker_process::look_at_heart() {
    const auto now = std::chrono::steady_clock::now();
    if (speaks_in_halves(now))
        kill_within(std::chrono::milliseconds(0), "half a message, for ever");
    switch (hang_.look(memory_.ticks(), now)) {
        case hang_watch::verdict::fine:
            break;
        case hang_watch::verdict::abort_it:
            if (reason_.empty()) reason_ = "its event loop stood still";
            kill(SIGABRT);
            break;
        case hang_watch::verdict::kill_it:
            kill(SIGKILL);
            break;
    }
    const auto next = hang_.next_look();
    if (!next) return;
    look_.expires_at(*next);
    look_.async_wait([self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
        if (!error && self && !self->is_dead()) self->look_at_heart();
    });
}

// A worker that never ends what it says is as good as gone, be its heart as sound as it may.
bool worker_process::speaks_in_halves(std::chrono::steady_clock::time_point now) {
    const std::uint64_t arrivals = channel_.arrivals();
    if (!channel_.inside_message() || std::exchange(arrivals_, arrivals) != arrivals) whole_ = now;
    return now - whole_ >= limits_.hang;
}

crash_report worker_process::report() const {
    crash_report report;
    report.id = id_;
    report.slot = slot_;
    report.pid = pid();
    if (process_.status()) report.status = *process_.status();
    if (process_.usage()) report.usage = *process_.usage();
    report.wanted = wanted_;
    report.was_ready = was_ready_;
    report.reason = reason_;
    report.connections = memory_.connections();
    report.last_words = tail_.tail();
    return report;
}

}  // namespace cluster
