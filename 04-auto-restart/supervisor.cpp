#include "04-auto-restart/supervisor.hpp"

#include <algorithm>
#include <csignal>
#include <random>
#include <sstream>
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
    for (worker_process* worker : this->workers()) {
        if (worker->slot() < workers || worker->is_leaving()) continue;
        worker->disconnect(settings_.limits.leave);
        on_leaving(*worker);
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
        if (slot >= wanted_) continue;
        if (must_wait_for_another(slot))
            postponed_.push_back(slot);
        else
            start(slot);
    }
    arm();
}

// Surge 1: of the workers that leave while they are replaced, one at a time has its replacement
// starting beside it. Otherwise a fault in all of them doubled the cluster's size at once.
bool supervisor::must_wait_for_another(int slot) const {
    const auto leaves = [&](int in) {
        return std::any_of(workers_.begin(), workers_.end(), [&](auto& each) {
            return each->slot() == in && !each->holds_slot() && !each->is_dead();
        });
    };
    const auto starts_beside_another = [&](auto& each) {
        const bool starts =
            each->state() == worker_state::starting || each->state() == worker_state::online;
        return starts && leaves(each->slot());
    };
    return leaves(slot) && std::any_of(workers_.begin(), workers_.end(), starts_beside_another);
}

void supervisor::start(int slot) {
    policy_.started(slot, clock::now());
    const int id = ++last_id_;
    try {
        workers_.push_back(std::make_unique<worker_process>(executor_, id, slot, settings_.command,
                                                            settings_.limits));
    } catch (const std::system_error& error) {
        return slot_failed(slot, error.what());
    }
    worker_process& worker = *workers_.back();
    worker.channel().on_internal([this, id](child_process::incoming arrived) {
        if (worker_process* from = find(id)) take(*from, std::move(arrived));
    });
    asio::co_spawn(executor_, listen_to(id), support::rethrow);
    asio::co_spawn(executor_, relay(id), support::rethrow);
    asio::co_spawn(executor_, follow(id), support::rethrow);
    on_fork(worker);
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

// Three coroutines follow each worker: what it says, what it complains, and how it ends. Only the
// last one takes the worker away; the others look it up again after each wait.

asio::awaitable<void> supervisor::listen_to(int id) {
    const support::weak_ref self(anchor_);
    while (worker_process* worker = self ? find(id) : nullptr) {
        std::optional<child_process::incoming> message;
        std::string fault;
        try {
            message = co_await worker->channel().receive();
        } catch (const std::system_error& error) {
            fault = error.what();
        }
        worker = self ? find(id) : nullptr;
        if (worker == nullptr) co_return;
        if (message) {
            on_message(*worker, *message);
            continue;
        }
        // Who talks nonsense is not asked to leave: it would not understand.
        if (!fault.empty()) worker->kill_within(std::chrono::milliseconds(0), fault);
        --worker->open_ends;
        on_disconnect(*worker);
        if (!worker->is_leaving()) leaves(*worker, "", settings_.limits.drain);
        news_.notify_all();
        co_return;
    }
}

asio::awaitable<void> supervisor::relay(int id) {
    const support::weak_ref self(anchor_);
    co_await find(id)->relay();
    worker_process* worker = self ? find(id) : nullptr;
    if (worker == nullptr) co_return;
    --worker->open_ends;
    news_.notify_all();
}

asio::awaitable<void> supervisor::follow(int id) {
    const support::weak_ref self(anchor_);
    try {
        co_await find(id)->wait();
    } catch (const std::system_error&) {
        if (self) throw;
    }
    if (!self) co_return;
    find(id)->set_state(worker_state::dead);
    // The kernel tells the end first and hands out the last words after it. A process that the
    // worker has started may hold its ends for ever: a moment is enough for what is there.
    asio::steady_timer moment(executor_, std::chrono::milliseconds(100));
    moment.async_wait([self](const boost::system::error_code& error) {
        if (!error && self) self->news_.notify_all();
    });
    const auto end = moment.expiry();
    while (self && find(id)->open_ends > 0 && clock::now() < end) co_await news_.wait();
    if (self) ended(*find(id));
}

void supervisor::ended(worker_process& worker) {
    const crash_report report = worker.report();
    const int slot = worker.slot();
    const bool holds_slot = worker.holds_slot();
    on_exit(worker, report);
    std::erase_if(workers_, [&](auto& each) { return each->id() == report.id; });
    if (holds_slot && slot < wanted_) {
        const bool retires = report.wanted || report.status.code() == do_not_restart;
        std::ostringstream text;
        text << report;
        if (retires)
            policy_.retire(slot);
        else
            slot_failed(slot, text.str());
    }
    news_.notify_all();
    fill_due_slots();
}

void supervisor::leaves(worker_process& worker, const std::string& reason,
                        std::chrono::milliseconds limit) {
    worker.leaves(reason, limit);
    on_leaving(worker);
}

void supervisor::take(worker_process& worker, child_process::incoming arrived) {
    auto message = cluster_message::read(std::move(arrived.message));
    if (!message) return;
    if (message->act == "online") {
        if (worker.state() == worker_state::starting) worker.set_state(worker_state::online);
        on_online(worker);
    } else if (message->act == "listening") {
        const auto query = listen_query::from_json(message->fields);
        if (!query) return;
        ready(worker);
        on_listening(worker, *query);
    } else if (message->act == "ready") {
        ready(worker);
    } else if (message->act == "suicide") {
        take_suicide(worker, *message);
    } else if (message->act == "exitedAfterDisconnect") {
        worker.set_wanted();
        worker.channel().post(messages::answering(*message, messages::bare_reply()));
        if (!worker.is_leaving()) leaves(worker, "", settings_.limits.leave);
    } else {
        on_cluster_message(worker, *message);
    }
}

void supervisor::ready(worker_process& worker) {
    worker.set_ready();
    if (worker.holds_slot()) policy_.ready(worker.slot(), clock::now());
    fill_due_slots();  // what waited for this one
}

// Replace first: the new worker starts while the old one finishes what it has.
void supervisor::take_suicide(worker_process& worker, const cluster_message& message) {
    if (worker.is_leaving() || worker.is_dead()) return;
    const std::string reason = message.text("reason");
    leaves(worker, reason, settings_.limits.drain + settings_.limits.abort);
    on_suicide(worker, reason);
    if (stopping_ || worker.slot() >= wanted_) return;
    worker.vacate();
    if (message.flag("recycle")) {
        worker.set_wanted();
        policy_.fill(worker.slot(), clock::now());
        arm();
    } else {
        slot_failed(worker.slot(), reason);
    }
}

}  // namespace cluster
