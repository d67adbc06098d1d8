#include "05-round-robin/worker_sockets.hpp"

#include <algorithm>
#include <utility>

namespace cluster {

worker_sockets::worker_sockets(worker_life& life) : life_(life) {
    life_.primary().on_act(
        "newconn", [this](cluster_incoming incoming) { take_connection(std::move(incoming)); });
    life_.primary().on_act("lane",
                           [this](cluster_incoming incoming) { take_lane(std::move(incoming)); });
}

asio::awaitable<std::optional<support::unique_fd>> worker_sockets::listen(
    listen_query query, connection_handlers handlers) {
    const support::weak_ref self(anchor_);
    query.lane = true;
    struct question {
        const support::weak_ref<worker_sockets>& self;
        explicit question(const support::weak_ref<worker_sockets>& asked) : self(asked) {
            ++self->asking_;
        }
        ~question() {
            if (self && --self->asking_ == 0) self->early_.clear();
        }
    };
    const question guard(self);
    auto grant = co_await life_.listen(std::move(query));
    if (self) listeners_.push_back({grant.reply.key, std::move(handlers), nullptr});
    if (grant.socket) co_return std::move(*grant.socket).release();
    if (self) take_early();
    co_return std::nullopt;
}

// The answer to our question and the first connections may come in one read.
void worker_sockets::take_early() {
    for (cluster_incoming& each : std::exchange(early_, {})) {
        if (each.message.act == "lane")
            take_lane(std::move(each));
        else
            take_connection(std::move(each));
    }
}

worker_sockets::listener* worker_sockets::find(const std::string& key) {
    const auto found = std::find_if(listeners_.begin(), listeners_.end(),
                                    [&](const listener& each) { return each.key == key; });
    return found == listeners_.end() ? nullptr : &*found;
}

std::size_t worker_sockets::open(const listener& one) const {
    return one.handlers.open() + promised_;
}

std::size_t worker_sockets::room(const listener& one) const {
    const std::size_t open = this->open(one);
    return stopped_ || open >= one.handlers.most ? 0 : one.handlers.most - open;
}

// Whoever is served may be the last thing that this process does; the primary's account must be
// right before.
void worker_sockets::serve(listener& one, support::unique_fd connection) {
    --promised_;
    one.handlers.serve(std::move(connection));
    life_.set_connections(open(one));
}

void worker_sockets::take_connection(cluster_incoming incoming) {
    listener* one = find(incoming.message.text("key"));
    if (one == nullptr && asking_ > 0) return early_.push_back(std::move(incoming));
    const bool takes = one != nullptr && incoming.passed && room(*one) > 0;
    life_.primary().answer(incoming.message, messages::accepted(takes));
    if (!takes) return;
    ++promised_;
    life_.set_connections(open(*one));
    serve(*one, std::move(*incoming.passed).release());
}

void worker_sockets::take_lane(cluster_incoming incoming) {
    listener* one = find(incoming.message.text("key"));
    if (one == nullptr && asking_ > 0) return early_.push_back(std::move(incoming));
    if (one == nullptr || !incoming.passed) return;
    one->lane = std::make_unique<lane_receiver>(
        life_.executor(), std::move(*incoming.passed).release(), handlers_of(*one));
}

lane_receiver::handlers worker_sockets::handlers_of(listener& one) {
    lane_receiver::handlers handlers;
    handlers.on_offer = [this, &one](const lane_offer& offer) { return decide(one, offer); };
    handlers.on_connections = [this, &one](std::uint32_t, std::span<support::unique_fd> taken) {
        for (support::unique_fd& each : taken) serve(one, std::move(each));
    };
    handlers.on_end = [](std::error_code) {};  // the channel says the same
    return handlers;
}

lane_answer worker_sockets::decide(listener& one, const lane_offer& offer) {
    lane_answer answer;
    answer.taken = std::min(room(one), offer.arrived);
    one.refused = answer.taken < offer.arrived + offer.lost;
    promised_ += answer.taken;
    answer.open = static_cast<std::uint32_t>(open(one));
    life_.set_connections(open(one));  // before the answer: the primary looks when it has read that
    return answer;
}

void worker_sockets::connections_changed() {
    for (listener& one : listeners_) {
        life_.set_connections(open(one));
        if (one.lane == nullptr || room(one) == 0 || !std::exchange(one.refused, false)) continue;
        one.lane->room(0, static_cast<std::uint32_t>(open(one)));
    }
}

void worker_sockets::stop() {
    stopped_ = true;
}

}  // namespace cluster
