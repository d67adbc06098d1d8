#include "07-state-sharing/full_cluster/board.hpp"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "07-state-sharing/full_cluster/process_look.hpp"

namespace full_cluster {
namespace {

constexpr std::size_t rated_intervals = 4;
constexpr int ticks_for_memory = 4;

template <class Value>
std::string text_of(const Value& value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

std::string state_of(const cluster::worker& worker) {
    switch (worker.state()) {
        case cluster::worker_state::starting:
            return "starting";
        case cluster::worker_state::online:
            return "online";
        case cluster::worker_state::ready:
            return "listening";
        case cluster::worker_state::leaving:
            return "leaving";
        case cluster::worker_state::dead:
            break;
    }
    return "dead";
}

template <class Duration>
milliseconds whole_milliseconds(Duration length) {
    return std::chrono::duration_cast<milliseconds>(length);
}

}  // namespace

board::board(cluster::primary& cluster, std::string policy, std::string watch)
    : cluster_(cluster), policy_(std::move(policy)), watch_(std::move(watch)) {
    samples_.push_back({started_, 0, {}, {}});
    follow();
}

void board::follow() {
    const support::weak_ref self(anchor_);
    cluster_.on_fork([self](cluster::worker& worker) {
        if (self) self->note("fork", worker.id(), "started, pid " + std::to_string(worker.pid()));
    });
    cluster_.on_online([self](cluster::worker& worker) {
        if (self) self->note("online", worker.id(), "is there");
    });
    cluster_.on_listening([self](cluster::worker& worker, const cluster::listening_address& where) {
        if (self) self->listening(worker, where);
    });
    cluster_.on_suicide([self](cluster::worker& worker, const std::string& reason) {
        if (self) self->note("suicide", worker.id(), "asks to be replaced: " + reason);
    });
    cluster_.on_exit([self](cluster::worker& worker, child_process::exit_status status) {
        if (self) self->died(worker, status);
    });
    cluster_.on_message([self](cluster::worker& from, const nlohmann::json& message, const auto&) {
        const auto told = figures_in(message);
        if (self && told) self->take(from, *told);
    });
    follow_the_whole();
}

void board::follow_the_whole() {
    const support::weak_ref self(anchor_);
    cluster_.on_reloading([self] {
        if (!self) return;
        self->reloading_ = true;
        self->note("reload", std::nullopt, "began");
    });
    cluster_.on_reload([self](const std::optional<std::string>& failure) {
        if (self) self->reloaded(failure);
    });
    cluster_.on_give_up([self](const std::string& reason) {
        if (self) self->note("give_up", std::nullopt, "too many have failed: " + reason);
    });
}

void board::reloaded(const std::optional<std::string>& failure) {
    reloading_ = false;
    if (!failure) ++reloads_;
    note("reload", std::nullopt, failure ? "given up: " + *failure : "done");
}

void board::note(std::string_view kind, std::optional<int> worker, std::string text) {
    happenings_.push_back(
        {std::chrono::system_clock::now(), std::string(kind), worker, std::move(text)});
    if (happenings_.size() > most_happenings) happenings_.pop_front();
    on_happening(happenings_.back());
}

void board::listening(cluster::worker& worker, const cluster::listening_address& where) {
    if (!port_) port_ = where.port;
    note("listening", worker.id(), "listens on port " + std::to_string(where.port));
}

void board::died(cluster::worker& worker, child_process::exit_status status) {
    const auto report = worker.report();
    auto& slot = slots_[worker.slot()];
    if (!report.wanted) {
        const std::string reason =
            text_of(status) + (report.reason.empty() ? "" : ": " + report.reason);
        slot.last_death = {reason, clock::now()};
        ++slot.restarts;
    }
    note("exit", worker.id(), text_of(status) + (report.wanted ? ", as it should" : ""));
}

void board::take(const cluster::worker& from, const figures& told) {
    slots_[from.slot()].requests += told.requests;
    total_.add(told);
    interval_.add(told.latency);
}

void board::tick() {
    sample now{clock::now(), total_.requests, {}, interval_};
    for (const auto& [slot, known] : slots_) now.by_slot[slot] = known.requests;
    samples_.push_back(std::move(now));
    if (samples_.size() > rated_intervals + 1) samples_.pop_front();
    interval_ = {};
    measure();
}

void board::measure() {
    const bool weigh = ticks_++ % ticks_for_memory == 0;
    std::map<int, measured> now;
    for (const cluster::worker* worker : cluster_.workers()) {
        const auto known = measured_.find(worker->id());
        measured& each = now[worker->id()];
        if (known != measured_.end()) each.memory = known->second.memory;
        if (weigh || each.memory == 0) each.memory = memory_of(worker->pid());
        each.stopped = is_stopped(worker->pid());
    }
    measured_ = std::move(now);
}

double board::rate(std::uint64_t before, std::uint64_t now) const {
    const std::chrono::duration<double> time = samples_.back().at - samples_.front().at;
    return time.count() > 0 ? static_cast<double>(now - before) / time.count() : 0;
}

std::uint64_t board::requests_of(int slot, const sample& then) {
    const auto found = then.by_slot.find(slot);
    return found == then.by_slot.end() ? 0 : found->second;
}

worker_view board::look_at_slot(int slot) const {
    worker_view seen;
    seen.slot = slot;
    seen.state = "dead";
    const auto found = slots_.find(slot);
    if (found == slots_.end()) return seen;
    const account& known = found->second;
    seen.requests = known.requests;
    seen.restarts = known.restarts;
    seen.requests_per_second =
        rate(requests_of(slot, samples_.front()), requests_of(slot, samples_.back()));
    if (known.last_death) {
        seen.last_death = {known.last_death->first,
                           whole_milliseconds(clock::now() - known.last_death->second)};
    }
    return seen;
}

worker_view board::look_at(const cluster::worker& worker) const {
    worker_view seen = look_at_slot(worker.slot());
    seen.id = worker.id();
    seen.pid = worker.pid();
    seen.state = state_of(worker);
    seen.uptime = whole_milliseconds(clock::now() - worker.started());
    seen.connections = worker.connections();
    if (const auto found = measured_.find(worker.id()); found != measured_.end()) {
        seen.memory = found->second.memory;
        if (found->second.stopped && seen.state != "dead") seen.state = "stopped";
    }
    return seen;
}

cluster_view board::look() const {
    cluster_view view;
    view.pid = ::getpid();
    view.uptime = whole_milliseconds(clock::now() - started_);
    view.wanted = cluster_.wanted();
    view.policy = policy_;
    if (port_) view.url = "http://127.0.0.1:" + std::to_string(*port_) + "/";
    view.watch = watch_;
    view.reloading = reloading_;
    view.stopping = stopping_;
    std::set<int> filled;
    for (const cluster::worker* worker : cluster_.workers()) {
        view.workers.push_back(look_at(*worker));
        filled.insert(worker->slot());
    }
    for (int slot = 0; slot < view.wanted; ++slot) {  // waiting for their next worker
        if (!filled.contains(slot)) view.workers.push_back(look_at_slot(slot));
    }
    for (const auto& each : slots_) {
        const bool shown = filled.contains(each.first) || each.first < view.wanted;
        if (!shown) view.dropped.push_back(look_at_slot(each.first));
    }
    std::stable_sort(view.workers.begin(), view.workers.end(),
                     [](const auto& one, const auto& other) { return one.slot < other.slot; });
    view.requests = total_.requests;
    view.errors = total_.errors;
    view.requests_per_second = rate(samples_.front().requests, samples_.back().requests);
    for (std::size_t i = 1; i < samples_.size(); ++i) view.recent.add(samples_[i].latency);
    view.all = total_.latency;
    view.reloads = reloads_;
    return view;
}

}  // namespace full_cluster
