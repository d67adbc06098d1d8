#include "07-state-sharing/change_relay.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "07-state-sharing/state_message.hpp"

namespace state {
namespace {

// How soon a worker whose channel is full of other messages is tried again.
constexpr std::chrono::milliseconds relay_retry_time{250};
constexpr int nobody = 0;  // ids begin with 1

}  // namespace

change_relay::change_relay(const asio::any_io_executor& executor, cluster::primary& cluster)
    : cluster_(cluster), retry_(executor) {
    cluster_.on_message([self = support::weak_ref(anchor_)](cluster::worker& from,
                                                            const nlohmann::json& received, auto) {
        if (self) self->hear(from.id(), received);
    });
    cluster_.on_disconnect([self = support::weak_ref(anchor_)](cluster::worker& gone) {
        if (self) self->forget(gone.id());
    });
}

// What it has written last it may not have told.
void change_relay::forget(int worker) {
    workers_.erase(worker);
    changed_keys any;
    any.add_any();
    pass_on(any, worker);
}

void change_relay::announce(const std::string& key) {
    changed_keys changed;
    changed.add(key);
    pass_on(changed, nobody);
}

void change_relay::hear(int worker, const nlohmann::json& received) {
    const auto message = state_message_in(received);
    if (!message) return;
    if (!message->changed.empty()) pass_on(message->changed, worker);
    if (!message->heard) return;
    listening_worker& listens = workers_[worker];
    listens.waits = true;
    tell(worker, listens);
}

void change_relay::pass_on(const changed_keys& changed, int except) {
    for (auto& [id, listens] : workers_) {
        if (id == except) continue;
        listens.untold.add(changed);
        tell(id, listens);
    }
}

void change_relay::tell(int worker, listening_worker& listens) {
    if (!listens.waits || listens.untold.empty()) return;
    cluster::worker* found = cluster_.find(worker);
    if (found == nullptr || !found->is_connected()) return;
    state_message message;
    message.changed = listens.untold;
    if (!found->send(to_json(message))) return try_again();
    listens.untold = {};
    listens.waits = false;
}

void change_relay::try_again() {
    if (std::exchange(retrying_, true)) return;
    retry_.expires_after(relay_retry_time);
    retry_.async_wait(
        [self = support::weak_ref(anchor_)](const boost::system::error_code& cancelled) {
            if (!self || cancelled) return;
            self->retrying_ = false;
            for (auto& [id, listens] : self->workers_) self->tell(id, listens);
        });
}

}  // namespace state
