#include "06-cluster-lib/rolling_reload.hpp"

#include <algorithm>
#include <sstream>
#include <system_error>

namespace cluster {

rolling_reload::rolling_reload(supervisor& workers, std::chrono::milliseconds proof)
    : workers_(workers), proof_(proof), news_(workers.executor()) {
    const support::weak_ref self(anchor_);
    const auto look_again = [self](auto&&...) {
        if (self) self->news_.notify_all();
    };
    workers.on_ready.add(look_again);
    workers.on_leaving.add(look_again);
    workers.on_exit.add([self](worker_process& worker, const crash_report& report) {
        if (!self) return;
        if (worker.id() == self->successor_) {
            std::ostringstream text;
            text << report;
            self->last_end_ = text.str();
        }
        self->news_.notify_all();
    });
}

asio::awaitable<std::optional<std::string>> rolling_reload::run() {
    const support::weak_ref self(anchor_);
    const int wanted = started_ + 1;  // what was asked for now may not be in the round under way
    const bool idle = asked_ == finished_;
    asked_ = wanted;
    if (idle) asio::co_spawn(workers_.executor(), rounds(), support::rethrow);
    while (self && finished_ < wanted) co_await news_.wait();
    if (!self) co_return "the primary has gone";
    co_return result_;
}

asio::awaitable<void> rolling_reload::rounds() {
    const support::weak_ref self(anchor_);
    while (self && started_ < asked_) {
        ++started_;
        failure result = co_await round();
        if (!self) co_return;
        result_ = std::move(result);
        finished_ = started_;
        news_.notify_all();
    }
}

asio::awaitable<rolling_reload::failure> rolling_reload::round() {
    const support::weak_ref self(anchor_);
    for (int slot = 0; self && slot < workers_.wanted(); ++slot) {
        if (workers_.is_stopping()) co_return "the cluster is stopping";
        // An empty slot will be filled with the new anyway.
        if (holder(slot) == nullptr) continue;
        failure failed = co_await replace(slot);
        if (failed) co_return failed;
    }
    co_return std::nullopt;
}

worker_process* rolling_reload::holder(int slot) const {
    for (worker_process* worker : workers_.workers()) {
        if (worker->slot() == slot && worker->holds_slot()) return worker;
    }
    return nullptr;
}

asio::awaitable<rolling_reload::failure> rolling_reload::replace(int slot) {
    const support::weak_ref self(anchor_);
    const int old = holder(slot)->id();
    failure failed;
    try {
        last_end_.clear();
        successor_ = workers_.start_beside(slot).id();
    } catch (const std::system_error& error) {
        failed = error.what();
    }
    if (failed) co_return failed;
    const int id = successor_;
    failed = co_await proves_itself(id);
    if (!self || failed) co_return failed;
    // Meanwhile there may be fewer slots.
    worker_process* successor = workers_.find(id);
    if (slot >= workers_.wanted()) {
        workers_.disconnect(*successor);
        co_return std::nullopt;
    }
    workers_.take_over(*successor);
    co_await until_gone(old);
    co_return std::nullopt;
}

asio::awaitable<rolling_reload::failure> rolling_reload::proves_itself(int id) {
    const support::weak_ref self(anchor_);
    using clock = std::chrono::steady_clock;
    asio::steady_timer alarm(workers_.executor());
    const auto wake_at = [&](clock::time_point when) {
        alarm.expires_at(when);
        alarm.async_wait([self](const boost::system::error_code& error) {
            if (!error && self) self->news_.notify_all();
        });
    };
    auto deadline = clock::now() + patience;
    wake_at(deadline);
    bool ready = false;
    while (self) {
        failure fault = fault_of(id);
        if (fault) co_return fault;
        if (is_on_its_way_out(id)) {  // its end will tell why
            co_await news_.wait();
            continue;
        }
        if (!ready && workers_.find(id)->state() == worker_state::ready) {
            ready = true;
            deadline = clock::now() + proof_;
            wake_at(deadline);
        }
        if (clock::now() >= deadline) break;
        co_await news_.wait();
    }
    if (ready || !self) co_return std::nullopt;
    workers_.find(id)->kill_within(std::chrono::milliseconds(0), "it was not ready in time");
    co_return "worker " + std::to_string(id) + " was not ready in time";
}

rolling_reload::failure rolling_reload::fault_of(int id) const {
    if (!last_end_.empty()) return last_end_;
    if (workers_.find(id) == nullptr) return "worker " + std::to_string(id) + " ended";
    return std::nullopt;
}

bool rolling_reload::is_on_its_way_out(int id) const {
    const worker_process* worker = workers_.find(id);
    return worker->is_leaving() || worker->is_dead();
}

asio::awaitable<void> rolling_reload::until_gone(int id) {
    const support::weak_ref self(anchor_);
    while (self && workers_.find(id) != nullptr) co_await news_.wait();
}

}  // namespace cluster
