// What a supervisor hears of its workers.
#include <sstream>
#include <utility>

#include "04-auto-restart/supervisor.hpp"

namespace cluster {

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
    try {
        co_await find(id)->relay();
    } catch (const std::system_error&) {
        // What a worker complains can be lost; the others must not be.
    }
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
        fill_due_slots();  // what waited for this one
    } else if (message->act == "ready") {
        ready(worker);
        fill_due_slots();
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
    on_ready(worker);
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
