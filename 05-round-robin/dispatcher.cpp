#include "05-round-robin/dispatcher.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "support/sockets.hpp"
#include "support/syscall.hpp"

namespace cluster {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t most_at_once = 64;  // then others have their turn

// As the worker counts, in memory that is its own to write: the number may be anything.
int connections_of(const worker_process& worker) {
    constexpr std::uint64_t most = 1'000'000'000;  // what is on its way is added to it
    return static_cast<int>(std::min(worker.connections(), most));
}

}  // namespace

dispatcher::dispatcher(const asio::any_io_executor& executor, support::unique_fd listening,
                       std::string key, const dispatch_settings& settings)
    : executor_(executor),
      key_(std::move(key)),
      refusal_(settings.refusal),
      credit_(settings.credit),
      kind_(support::local_endpoint(listening.get()) ? child_process::handle_kind::socket
                                                     : child_process::handle_kind::pipe),
      queue_(settings.schedules(), settings.limits),
      answers_(settings.answer_limit),
      door_(executor, std::move(listening), [this] { go_on(); }),
      due_(executor),
      news_(executor) {
    go_on_soon();
}

void dispatcher::join(worker_process& worker, bool lane) {
    const support::weak_ref self(anchor_);
    const int id = worker.id();
    // It may have closed its lane before it asked anew, which we would hear only later.
    if (connection_carrier* carrier = carrier_of(id)) carrier->read_answers();
    if (!self) return;
    connection_carrier* carrier = carrier_of(id);
    if (carrier == nullptr) {
        carrier = (members_[id] = {&worker, new_carrier(worker, lane), {}}).carrier.get();
    } else if (carrier->terms().reports_room != lane) {
        return ended(id, "it asks for its connections in two ways");
    }
    queue_.join(id, worker.slot(), carrier->terms());
    go_on_soon();
}

std::unique_ptr<connection_carrier> dispatcher::new_carrier(worker_process& worker, bool lane) {
    carrier_events tell = events_of(worker.id());
    if (!lane) {
        return std::make_unique<message_carrier>(executor_, worker, key_, kind_, std::move(tell));
    }
    return std::make_unique<lane_carrier>(executor_, worker, key_, credit_, std::move(tell));
}

void dispatcher::announce(worker_process& worker) {
    if (connection_carrier* carrier = carrier_of(worker.id())) carrier->announce();
}

void dispatcher::leaves(worker_process& worker) {
    queue_.leave(worker.id(), clock::now());
    go_on_soon();
}

void dispatcher::gone(worker_process& worker) {
    const support::weak_ref self(anchor_);
    if (connection_carrier* carrier = carrier_of(worker.id())) carrier->read_last_answers();
    if (!self) return;
    members_.erase(worker.id());
    answers_.forget(worker.id());
    queue_.left(worker.id(), clock::now());
    go_on_soon();
}

void dispatcher::take(worker_process& worker, const cluster_message& message) {
    if (connection_carrier* carrier = carrier_of(worker.id())) carrier->take(message);
}

connection_carrier* dispatcher::carrier_of(int worker) {
    const auto found = members_.find(worker);
    return found == members_.end() ? nullptr : found->second.carrier.get();
}

// Once in a turn of the event loop, after everything that this turn has brought.
void dispatcher::go_on_soon() {
    if (std::exchange(going_on_, true)) return;
    asio::post(executor_, [self = support::weak_ref(anchor_)] {
        if (!self) return;
        self->going_on_ = false;
        self->go_on();
    });
}

void dispatcher::go_on() {
    if (!look_at_answers()) return;
    const auto now = clock::now();
    if (const std::size_t wanted = queue_.wants(now); wanted > 0 && !door_.waits()) {
        accept_some(std::min(wanted, most_at_once));
    }
    hand_out();
    refuse_abandoned();
    if (queue_.wants(now) > 0) door_.wait();
    accuse_the_silent();
    if (!wait_for_answers(now)) return;
    arm();
    news_.notify_all();
}

// The timer is left alone when it comes early enough: it is cheaper to look in vain once in a while
// than to set it anew in every turn.
void dispatcher::arm() {
    auto next =
        std::min(look_at_, queue_.next_due(clock::now()).value_or(clock::time_point::max()));
    if (const auto look = answers_.next_look()) next = std::min(next, *look);
    if (next >= armed_for_) return;
    armed_for_ = next;
    due_.expires_at(next);
    due_.async_wait([self = support::weak_ref(anchor_)](const boost::system::error_code& ec) {
        if (ec || !self) return;
        self->armed_for_ = clock::time_point::max();
        self->go_on_soon();
    });
}

void dispatcher::accept_some(std::size_t most) {
    for (accepted_connection& one : door_.accept(most)) {
        const auto number = static_cast<std::size_t>(one.fd.get());
        if (held_.size() <= number) held_.resize(number + 1);
        queue_.arrived(number, std::move(one.client_address), clock::now());
        held_[number] = std::move(one.fd);
    }
}

void dispatcher::hand_out() {
    while (offer_batches(clock::now())) {
    }
}

// Everything that this turn brought for a worker goes in one message. What does not fit comes back,
// and others are asked.
bool dispatcher::offer_batches(steady_time now) {
    // Our own workers count for us in memory that we share; it costs nothing to look.
    for (const auto& [id, one] : members_) {
        queue_.holds(id, connections_of(*one.worker));
    }
    while (const auto offer = queue_.next(now)) {
        members_.at(offer->worker).batch.push_back(static_cast<int>(offer->connection));
    }
    bool came_back = false;
    for (auto& [worker, one] : members_) {
        std::span<const int> left(one.batch);
        while (!left.empty()) {
            const std::size_t taken = one.carrier->offer(left);
            if (taken == 0) break;
            answers_.offered(worker, static_cast<int>(taken), now);
            left = left.subspan(taken);
        }
        for (const int fd : left) {
            queue_.refused(worker, static_cast<std::uint64_t>(fd), refusal::not_sent, now);
            came_back = true;
        }
        one.batch.clear();
    }
    return came_back;
}

void dispatcher::refuse_abandoned() {
    for (const std::uint64_t connection : queue_.abandoned(clock::now())) {
        turn_away(std::move(held_[connection]), refusal_);
    }
}

asio::awaitable<void> dispatcher::stop() {
    const support::weak_ref self(anchor_);
    if (!door_.is_open()) co_return;
    queue_.stop();
    // Whoever has got as far as the kernel's queue is served.
    accept_some(queue_limits().length);
    door_.close();
    go_on_soon();
    while (self && !queue_.empty()) co_await news_.wait();
}

}  // namespace cluster
