#include "05-round-robin/worker_sockets.hpp"

#include <algorithm>
#include <utility>

namespace cluster {

worker_sockets::worker_sockets(worker_life& life) : life_(life), later_(life.executor()) {
    primary_link& primary = life_.primary();
    const support::weak_ref self(anchor_);
    primary.on_act("newconn", [self, &primary](cluster_incoming incoming) {
        if (self) return self->take_connection(std::move(incoming));
        primary.answer(incoming.message, messages::accepted(false));
    });
    primary.on_act("lane", [self](cluster_incoming incoming) {
        if (self) self->take_lane(std::move(incoming));
    });
}

asio::awaitable<listening> worker_sockets::listen(listen_query query,
                                                  connection_handlers handlers) {
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
    listening result{grant.reply.key, grant.port, std::nullopt};
    if (self) listeners_.push_back({grant.reply.key, std::move(handlers), nullptr});
    if (grant.socket)
        result.socket = std::move(*grant.socket).release();
    else if (self)
        take_early();
    co_return result;
}

void worker_sockets::close(const std::string& key) {
    const auto closes = [&](const listener& each) { return each.key == key; };
    const auto closed = std::find_if(listeners_.begin(), listeners_.end(), closes);
    if (closed == listeners_.end()) return;
    // It may be the one that is being served just now.
    closed->lane.reset();
    closed->closed = true;
    forget_closed();
    life_.unlisten(key);
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
    const auto found =
        std::find_if(listeners_.begin(), listeners_.end(),
                     [&](const listener& each) { return each.key == key && !each.closed; });
    return found == listeners_.end() ? nullptr : &*found;
}

std::size_t worker_sockets::open(const listener& one) {
    return one.handlers.open() + one.promised;
}

void worker_sockets::tell_connections() {
    std::size_t sum = 0;
    for (const listener& each : listeners_) sum += open(each);
    life_.set_connections(sum);
}

std::size_t worker_sockets::room(const listener& one) const {
    const std::size_t open = this->open(one);
    return stopped_ || open >= one.handlers.most ? 0 : one.handlers.most - open;
}

// Whoever is served may be the last thing that this process does; the primary's account must be
// right before.
void worker_sockets::serve(listener& one, support::unique_fd connection) {
    --one.promised;
    ++serving_;
    one.handlers.serve(std::move(connection));
    --serving_;
    forget_closed();
    tell_connections();
}

void worker_sockets::forget_closed() {
    if (serving_ > 0) return;
    std::erase_if(listeners_, [](const listener& each) { return each.closed; });
}

void worker_sockets::take_connection(cluster_incoming incoming) {
    listener* one = find(incoming.message.text("key"));
    if (one == nullptr && asking_ > 0) return early_.push_back(std::move(incoming));
    const bool takes = one != nullptr && incoming.passed && room(*one) > 0;
    life_.primary().answer(incoming.message, messages::accepted(takes));
    if (!takes) return;
    ++one->promised;
    tell_connections();
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
        ++serving_;  // whoever serves one may close the listener
        for (support::unique_fd& each : taken) {
            if (!one.closed) serve(one, std::move(each));
        }
        --serving_;
        forget_closed();
    };
    handlers.on_end = [](std::error_code) {};  // the channel says the same
    return handlers;
}

lane_answer worker_sockets::decide(listener& one, const lane_offer& offer) {
    lane_answer answer;
    answer.taken = std::min(room(one), offer.arrived);
    one.refused = answer.taken < offer.arrived + offer.lost;
    one.promised += answer.taken;
    tell_connections();  // before the answer: the primary looks when it has read that
    // What else fills our table may go without a word to us, and with nothing open nothing ends.
    if (offer.lost > 0 || (one.refused && open(one) == 0)) tell_room_later();
    return answer;
}

void worker_sockets::connections_changed() {
    tell_connections();
    tell_room();
}

void worker_sockets::tell_room() {
    for (listener& one : listeners_) {
        if (one.lane == nullptr || room(one) == 0 || !std::exchange(one.refused, false)) continue;
        one.lane->room(0);
    }
}

// Not at once: while the table is full the same would be offered, lost and refused without end.
void worker_sockets::tell_room_later() {
    later_.expires_after(std::chrono::milliseconds(100));
    later_.async_wait([self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
        if (!error && self) self->tell_room();
    });
}

void worker_sockets::stop() {
    stopped_ = true;
}

}  // namespace cluster
