#include "05-round-robin/connection_queue.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace cluster {
namespace {

auto place_of(std::vector<worker_account>& workers, int worker) {
    return std::lower_bound(
        workers.begin(), workers.end(), worker,
        [](const worker_account& each, int wanted) { return each.worker() < wanted; });
}

}  // namespace

connection_queue::connection_queue(schedule choose, queue_limits limits)
    : choose_(std::move(choose)), limits_(limits) {}

worker_account* connection_queue::find(int worker) {
    const auto place = place_of(workers_, worker);
    return place != workers_.end() && place->worker() == worker ? &*place : nullptr;
}

bool connection_queue::anybody() const {
    return std::any_of(workers_.begin(), workers_.end(),
                       [](const worker_account& each) { return !each.leaving(); });
}

void connection_queue::join(int worker, int slot, worker_terms terms) {
    if (worker_account* known = find(worker)) return known->join(slot, terms);
    workers_.emplace(place_of(workers_, worker), worker, slot, terms);
}

void connection_queue::leave(int worker, steady_time now) {
    worker_account* account = find(worker);
    if (account == nullptr || account->leaving()) return;
    account->leave();
    forget_if_done(worker);
    if (!anybody()) alone_since_ = now;
}

void connection_queue::left(int worker, steady_time now) {
    leave(worker, now);
    worker_account* account = find(worker);
    if (account == nullptr) return;
    for (pending_connection& returned : account->take_back()) {
        ++returned.failed_offers;
        give_back(std::move(returned));
    }
    forget_if_done(worker);
}

void connection_queue::forget_if_done(int worker) {
    const auto place = place_of(workers_, worker);
    if (place->leaving() && place->settled()) workers_.erase(place);
}

void connection_queue::has_room(int worker) {
    if (worker_account* account = find(worker)) account->has_room();
}

void connection_queue::holds(int worker, int open) {
    if (worker_account* account = find(worker)) account->holds(open);
}

// A connection that is queued already will need some of the credit.
std::size_t connection_queue::wants(steady_time now) const {
    if (stopped_) return 0;
    std::size_t most = anybody() ? 0 : limits_.length;
    for (const worker_account& each : workers_) {
        most += static_cast<std::size_t>(each.free_credit(now));
    }
    return most - std::min(most, queue_.size());
}

void connection_queue::arrived(std::uint64_t connection, std::string client_address,
                               steady_time now) {
    queue_.push_back({connection, ++turns_, now, 0, std::move(client_address)});
}

std::optional<connection_queue::offer> connection_queue::next(steady_time now) {
    if (queue_.empty()) return std::nullopt;
    candidates_.clear();
    bool room = false;
    for (const worker_account& each : workers_) {
        if (each.leaving()) continue;
        candidates_.push_back(each.seen(now));
        room = room || candidates_.back().room;
    }
    if (!room) return std::nullopt;
    const std::optional<int> chosen = choose_(candidates_, queue_.front().client_address);
    if (!chosen) return std::nullopt;
    worker_account* account = find(*chosen);
    if (account == nullptr || account->leaving()) {
        throw std::out_of_range("the schedule picks worker " + std::to_string(*chosen) +
                                ", which is not there");
    }
    if (account->free_credit(now) == 0) return std::nullopt;
    const offer result{queue_.front().connection, *chosen};
    account->offer(std::move(queue_.front()));
    queue_.pop_front();
    return result;
}

bool connection_queue::accepted(int worker, std::uint64_t connection) {
    worker_account* account = find(worker);
    if (account == nullptr || !account->answered(connection)) return false;
    account->accepted();
    forget_if_done(worker);
    return true;
}

bool connection_queue::refused(int worker, std::uint64_t connection, refusal why, steady_time now) {
    worker_account* account = find(worker);
    if (account == nullptr) return false;
    auto returned = account->answered(connection);
    if (!returned) return false;
    if (why == refusal::not_sent) {
        account->pause(now);
    } else {
        account->refused(now);
    }
    // A worker that is leaving has closed its server; who was just then under way is not to blame.
    if (why == refusal::not_listening && !account->leaving()) ++returned->failed_offers;
    give_back(std::move(*returned));
    forget_if_done(worker);
    return true;
}

// Only those that came back before can be ahead of it, so that the place is near the head.
void connection_queue::give_back(pending_connection returned) {
    if (returned.failed_offers >= limits_.most_offers) {
        given_up_.push_back(returned.connection);
        return;
    }
    const auto place =
        std::find_if(queue_.begin(), queue_.end(),
                     [&](const pending_connection& each) { return each.turn > returned.turn; });
    queue_.insert(place, std::move(returned));
}

steady_time connection_queue::expiry(const pending_connection& waiting) const {
    return std::max(waiting.arrived, alone_since_) + limits_.patience;
}

std::vector<std::uint64_t> connection_queue::abandoned(steady_time now) {
    const bool alone = !anybody();
    while (alone && !queue_.empty() && expiry(queue_.front()) <= now) {
        given_up_.push_back(queue_.front().connection);
        queue_.pop_front();
    }
    return std::exchange(given_up_, {});
}

std::optional<steady_time> connection_queue::next_due(steady_time now) const {
    std::optional<steady_time> due;
    const auto consider = [&due](steady_time when) { due = due ? std::min(*due, when) : when; };
    for (const worker_account& each : workers_) {
        if (const auto end = each.pause_end(now)) consider(*end);
    }
    if (!anybody() && !queue_.empty()) consider(expiry(queue_.front()));
    return due;
}

bool connection_queue::empty() const {
    return queue_.empty() && std::all_of(workers_.begin(), workers_.end(),
                                         [](const worker_account& each) { return each.settled(); });
}

}  // namespace cluster
