#include "04-auto-restart/supervisor.hpp"

#include <algorithm>
#include <csignal>
#include <random>
#include <utility>

namespace cluster {
namespace {

std::function<double()> dice() {
    return [engine = std::mt19937_64(std::random_device()())]() mutable {
        return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
    };
}

}  // namespace

supervisor::supervisor(const asio::any_io_executor& executor, supervisor_settings settings)
    : executor_(executor),
      settings_(std::move(settings)),
      policy_(settings_.restart, 0, dice()),
      due_(executor),
      news_(executor) {}

supervisor::~supervisor() = default;

void supervisor::keep_running(int workers) {
    if (stopping_) return;
    wanted_ = workers;
    policy_.resize(workers);
    std::erase_if(postponed_, [&](int slot) { return slot >= workers; });
    // The slot may come back while its worker still leaves.
    for (const entry& each : workers_) {
        if (each->slot() >= workers) each->vacate();
    }
    for (worker_process* worker : this->workers()) {
        if (worker->slot() >= workers && !worker->is_leaving()) disconnect(*worker);
    }
    arm();
}

std::vector<worker_process*> supervisor::workers() const {
    std::vector<worker_process*> result;
    for (const entry& each : workers_) {
        if (!each->is_dead()) result.push_back(each.get());
    }
    return result;
}

worker_process* supervisor::find(int id) const {
    const auto found = std::find_if(workers_.begin(), workers_.end(),
                                    [&](auto& each) { return each->id() == id; });
    return found == workers_.end() ? nullptr : found->get();
}

void supervisor::arm() {
    if (stopping_) return;
    const auto next = policy_.next_due();
    if (!next) return static_cast<void>(due_.cancel());
    due_.expires_at(*next);
    due_.async_wait([self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
        if (!error && self) self->fill_due_slots();
    });
}

void supervisor::fill_due_slots() {
    if (stopping_) return;
    std::vector<int> slots = std::exchange(postponed_, {});
    for (const int slot : policy_.due(clock::now())) slots.push_back(slot);
    for (const int slot : slots) {
        if (slot >= wanted_ || is_held(slot)) continue;
        if (must_wait_for_another(slot))
            postponed_.push_back(slot);
        else
            start(slot);
    }
    arm();
}

// A slot may be due twice: postponed, then given up and wanted again.
bool supervisor::is_held(int slot) const {
    const auto is = [&](int postponed) { return postponed == slot; };
    return std::any_of(postponed_.begin(), postponed_.end(), is) ||
           std::any_of(workers_.begin(), workers_.end(),
                       [&](auto& each) { return each->slot() == slot && each->holds_slot(); });
}

// Surge 1: of the workers that leave while they are replaced, one at a time has its replacement
// starting beside it. Otherwise a fault in all of them doubled the cluster's size at once.
bool supervisor::must_wait_for_another(int slot) const {
    const auto leaves = [&](int in) {
        return std::any_of(workers_.begin(), workers_.end(), [&](auto& each) {
            return each->slot() == in && !each->holds_slot() && each->is_leaving();
        });
    };
    const auto starts_beside_another = [&](auto& each) {
        const bool starts =
            each->state() == worker_state::starting || each->state() == worker_state::online;
        return starts && leaves(each->slot());
    };
    return leaves(slot) && std::any_of(workers_.begin(), workers_.end(), starts_beside_another);
}

void supervisor::disconnect(worker_process& worker) {
    worker.disconnect(settings_.limits.leave);
    on_leaving(worker);
}

void supervisor::slot_failed(int slot, const std::string& reason) {
    if (stopping_ || slot >= wanted_) return;
    if (!settings_.replace) return policy_.retire(slot);
    switch (policy_.ended(slot, clock::now())) {
        case restart_policy::verdict::give_up:
            on_give_up(reason);
            if (settings_.giving_up == on_give_up::shut_down) fail("too many failures: " + reason);
            break;
        case restart_policy::verdict::boot_failed:
            fail("no worker comes up: " + reason);
            break;
        default:
            break;
    }
    arm();
}

void supervisor::fail(const std::string& reason) {
    failure_ = reason;
    news_.notify_all();
}

asio::awaitable<std::string> supervisor::until_failed() {
    while (!failure_) co_await news_.wait();
    co_return *failure_;
}

asio::awaitable<void> supervisor::stop(std::chrono::milliseconds limit) {
    const support::weak_ref self(anchor_);
    stopping_ = true;
    due_.cancel();
    for (worker_process* worker : workers()) {
        worker->disconnect(limit);
        on_leaving(*worker);
    }
    while (self && !workers_.empty()) co_await news_.wait();
}

void supervisor::kill_all(std::chrono::milliseconds limit, const std::string& reason) {
    stopping_ = true;
    due_.cancel();
    for (worker_process* worker : workers()) worker->kill_within(limit, reason);
}

}  // namespace cluster
