#include "07-state-sharing/notified_watch.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

namespace state {
namespace {

// How soon a store that could not be read is tried again.
constexpr std::chrono::milliseconds watch_retry_time{250};

}  // namespace

notified_watch::notified_watch(const asio::any_io_executor& executor, store& of, std::string prefix,
                               cluster::this_worker& self)
    : store_(of), follower_(of, std::move(prefix)), worker_(self), retry_(executor) {
    store_.on_write([this](const std::string& key, version) { wrote(key); });
    worker_.on_message([ref = support::weak_ref(anchor_)](const nlohmann::json& received, auto) {
        if (ref) ref->hear(received);
    });
    unseen_.add_any();
    act_soon();
}

notified_watch::~notified_watch() {
    store_.on_write({});
}

void notified_watch::on_change(listener told) {
    follower_.add(std::move(told));
    unseen_.add_any();
    act_soon();
}

void notified_watch::wrote(const std::string& key) {
    if (!follower_.follows(key)) return;
    unseen_.add(key);
    untold_.changed.add(key);
    act_soon();
}

void notified_watch::hear(const nlohmann::json& received) {
    const auto message = state_message_in(received);
    if (!message || message->changed.empty()) return;
    unseen_.add(message->changed);
    heard_ = true;
    act_soon();
}

// At the next turn of the event loop: many writes of one turn make one message.
void notified_watch::act_soon() {
    if (std::exchange(soon_, true)) return;
    asio::post(retry_.get_executor(), [self = support::weak_ref(anchor_)] {
        if (self) self->act();
    });
}

void notified_watch::act() {
    soon_ = false;
    const changed_keys keys = std::exchange(unseen_, {});
    if (!look(keys)) {
        unseen_.add(keys);
        retry_.expires_after(watch_retry_time);
        retry_.async_wait(
            [self = support::weak_ref(anchor_)](const boost::system::error_code& cancelled) {
                if (self && !cancelled) self->act_soon();
            });
    }
    if (std::exchange(heard_, false)) untold_.heard = true;
    if (untold_.empty() || std::exchange(sending_, true)) return;
    asio::co_spawn(retry_.get_executor(), send_untold(), support::rethrow);
}

bool notified_watch::look(const changed_keys& keys) {
    if (keys.any()) return follower_.look();
    return std::all_of(keys.keys().begin(), keys.keys().end(), [this](const std::string& key) {
        return !follower_.follows(key) || follower_.look_at(key);
    });
}

// While the channel is full, what changes meanwhile comes together in one message.
asio::awaitable<void> notified_watch::send_untold() {
    const support::weak_ref self(anchor_);
    bool connected = true;
    while (connected && self && !untold_.empty()) {
        const nlohmann::json message = to_json(std::exchange(untold_, {}));
        connected = co_await worker_.send(message);
    }
    if (self) sending_ = false;
}

}  // namespace state
