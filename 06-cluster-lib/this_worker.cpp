#include "06-cluster-lib/this_worker.hpp"

#include <boost/asio/post.hpp>
#include <list>
#include <stdexcept>
#include <utility>
#include <vector>

#include "06-cluster-lib/membership.hpp"
#include "06-cluster-lib/worker_main.hpp"

namespace cluster {

struct this_worker::state {
    explicit state(worker_life& of) : life(of) {
        life.primary().on_message.add(
            [self = support::weak_ref(anchor)](child_process::incoming& arrived) {
                if (self) self->take(std::move(arrived));
            });
    }

    void take(child_process::incoming arrived) {
        if (!hears) return early.push_back(std::move(arrived));
        tell(std::move(arrived));
    }

    void tell(child_process::incoming arrived) {
        std::size_t left = listeners.size();  // not those that are added meanwhile
        for (auto each = listeners.begin(); left > 0; ++each, --left) {
            (*each)(arrived.message,
                    left > 1 ? copy_of(arrived.passed) : std::move(arrived.passed));
        }
    }

    static std::optional<child_process::handle> copy_of(
        const std::optional<child_process::handle>& passed) {
        if (!passed) return std::nullopt;
        return passed->duplicate();
    }

    // Not inside on_message(): listeners that are added one after another hear the same.
    void tell_early() {
        hears = true;
        for (child_process::incoming& each : std::exchange(early, {})) tell(std::move(each));
    }

    worker_life& life;
    std::list<message_listener> listeners;  // a list: adding moves none that is being called
    std::vector<child_process::incoming> early;
    bool hears = false;  // what came early has been told
    support::weak_anchor<state> anchor{this};
};

bool is_worker() {
    return is_started_as_worker();
}

bool is_primary() {
    return !is_started_as_worker();
}

this_worker::this_worker(const asio::any_io_executor& executor) {
    auto& process = net::membership::of(executor);
    process.join(executor);
    if (process.life() == nullptr) throw std::logic_error("this process is no worker of a cluster");
    state_ = std::make_unique<state>(*process.life());
}

this_worker::~this_worker() = default;

int this_worker::id() const {
    return state_->life.id();
}

bool this_worker::is_connected() const {
    return state_->life.primary().connected();
}

std::optional<bool> this_worker::exited_after_disconnect() const {
    const auto& leaves = state_->life.leaves();
    if (!leaves) return std::nullopt;
    using cause = leaving::cause;
    return leaves->why == cause::told || leaves->why == cause::left ||
           leaves->why == cause::recycled;
}

void this_worker::ready() {
    state_->life.primary().post(messages::ready());
}

asio::awaitable<bool> this_worker::send(const nlohmann::json& message) {
    return state_->life.primary().send(message);
}

void this_worker::on_message(message_listener listener) {
    state_->listeners.push_back(std::move(listener));
    if (state_->listeners.size() > 1) return;
    asio::post(state_->life.executor(), [self = support::weak_ref(state_->anchor)] {
        if (self) self->tell_early();
    });
}

void this_worker::disconnect() {
    state_->life.quit();
}

void this_worker::kill() {
    state_->life.quit(std::chrono::milliseconds(0));
}

void this_worker::suicide(const std::string& reason) {
    state_->life.suicide(reason);
}

void this_worker::recycle(const std::string& reason) {
    state_->life.recycle(reason);
}

asio::awaitable<void> this_worker::until_leaving() {
    static_cast<void>(co_await state_->life.until_leaving());
}

}  // namespace cluster
