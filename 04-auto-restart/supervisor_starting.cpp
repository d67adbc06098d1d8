// How a supervisor's workers are started: in a slot, apart from the slots, beside another.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "04-auto-restart/supervisor.hpp"

namespace cluster {
namespace {

// What a worker has made us say and has not read. Of what waits for it only that is its own doing:
// the application may have queued much more.
class unread_answers {
  public:
    /// @param before, after  the backlog of its channel, before and after it was answered
    void said(std::size_t before, std::size_t after) {
        bytes_ = std::min(bytes_, before) + (after - std::min(before, after));
    }
    [[nodiscard]] bool too_many() const { return bytes_ > most; }

  private:
    static constexpr std::size_t most = std::size_t{1024} * 1024;
    std::size_t bytes_ = 0;
};

}  // namespace

void supervisor::start(int slot) {
    policy_.started(slot, clock::now());
    worker_process* worker = nullptr;
    try {
        worker = &launch(slot, settings_.command);
    } catch (const std::system_error& error) {
        return slot_failed(slot, error.what());
    }
    on_fork(*worker);
}

worker_process& supervisor::launch(int slot, const worker_command& command) {
    const int id = ++last_id_;
    workers_.push_back(
        std::make_unique<worker_process>(executor_, id, slot, command, settings_.limits));
    worker_process& worker = *workers_.back();
    worker.channel().on_internal(
        [this, id, unread = unread_answers()](child_process::incoming arrived) mutable {
            worker_process* from = find(id);
            if (from == nullptr || unread.too_many()) return;
            const std::size_t before = from->channel().backlog();
            take(*from, std::move(arrived));
            from = find(id);
            if (from != nullptr) unread.said(before, from->channel().backlog());
            if (from == nullptr || !unread.too_many()) return;
            from->kill_within(std::chrono::milliseconds(0), "it does not read its answers");
        });
    worker.on_output = [this, id](int fd, std::string_view text) {
        if (worker_process* from = find(id)) on_output(*from, fd, text);
    };
    asio::co_spawn(executor_, listen_to(id), support::rethrow);
    asio::co_spawn(executor_, relay(id), support::rethrow);
    asio::co_spawn(executor_, follow(id), support::rethrow);
    return worker;
}

void supervisor::check_goes_on() const {
    if (stopping_) throw std::logic_error("no worker can be started: the cluster was stopped");
}

worker_process& supervisor::add(const child_process::environment& env) {
    check_goes_on();
    worker_command command = settings_.command;
    if (!env.empty()) {
        auto& whole = command.options.env;
        if (!whole) whole = child_process::current_environment();
        for (const auto& [name, value] : env) whole->insert_or_assign(name, value);
    }
    int slot = -1;
    const auto taken = [&](const entry& each) { return each->slot() == slot; };
    while (std::any_of(workers_.begin(), workers_.end(), taken)) --slot;
    worker_process& worker = launch(slot, command);
    worker.vacate();
    // As in Node, who starts a worker can listen to it before the news of its start are told.
    asio::post(executor_, [self = support::weak_ref(anchor_), id = worker.id()] {
        worker_process* started = self ? self->find(id) : nullptr;
        if (started != nullptr) self->on_fork(*started);
    });
    return worker;
}

worker_process& supervisor::start_beside(int slot) {
    check_goes_on();
    worker_process& worker = launch(slot, settings_.command);
    worker.vacate();
    on_fork(worker);
    return worker;
}

void supervisor::take_over(worker_process& successor) {
    for (worker_process* worker : workers()) {
        if (worker->slot() != successor.slot() || !worker->holds_slot()) continue;
        worker->vacate();
        disconnect(*worker);
    }
    successor.occupy();
    policy_.started(successor.slot(), clock::now());
    policy_.ready(successor.slot(), clock::now());
}

bool supervisor::keeps(int slot) const {
    const auto stays = [slot](const entry& each) {
        return each->slot() == slot && !each->is_leaving() && !each->is_dead();
    };
    if (std::any_of(workers_.begin(), workers_.end(), stays)) return true;
    if (stopping_ || slot < 0 || slot >= wanted_) return false;
    const auto holds = [slot](const entry& each) {
        return each->slot() == slot && each->holds_slot();
    };
    const auto last = std::find_if(workers_.begin(), workers_.end(), holds);
    if (last == workers_.end()) return policy_.fills(slot, clock::now() + std::chrono::seconds(1));
    return settings_.replace && !(*last)->exited_after_disconnect();
}

}  // namespace cluster
