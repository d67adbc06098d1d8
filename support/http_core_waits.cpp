// The part of http_core that keeps time: how long connections may wait.
#include <algorithm>

#include "support/http_connection.hpp"
#include "support/http_core.hpp"

namespace support {

void http_core::wait(http_connection& connection, http_wait kind) {
    const auto limit = limit_of(kind);
    const bool endless = kind == http_wait::handler;
    const auto deadline = endless ? http_waiter::time_point::max() : now_ + limit;
    connection.set_deadline(deadline);
    list(kind).append(connection);
    if (deadline < armed_for_) arm(deadline);
}

std::chrono::milliseconds http_core::limit_of(http_wait kind) const {
    switch (kind) {
        case http_wait::request:
            return draining_ ? std::min(limits_.keep_alive, limits_.drain_idle)
                             : limits_.keep_alive;
        case http_wait::head:
            return limits_.head_time;
        case http_wait::linger:
            return limits_.linger_time;
        default:
            return limits_.stall;
    }
}

// The timer is set for the earliest deadline of some moment. Deadlines move on all the time; it
// looks when it fires.
void http_core::arm(http_waiter::time_point when) {
    armed_for_ = when;
    timer_.expires_at(when);
    timer_.async_wait([core = ref()](const boost::system::error_code& error) {
        if (core && !error) core->on_timer();
    });
}

void http_core::on_timer() {
    armed_for_ = http_waiter::time_point::max();
    turn([this] {
        auto next = http_waiter::time_point::max();
        for (std::size_t kind = 0; kind < http_wait_kinds && !shut_; ++kind) {
            expire(static_cast<http_wait>(kind));
        }
        for (const http_wait_list& each : waits_) {
            if (!each.empty()) next = std::min(next, each.front()->deadline());
        }
        if (next < armed_for_ && !shut_) arm(next);
    });
}

void http_core::expire(http_wait kind) {
    http_waiter* first = list(kind).front();
    while (first != nullptr && first->deadline() <= now_ && !shut_) {
        static_cast<http_connection*>(first)->on_deadline(kind);
        first = list(kind).front();
    }
}

void http_core::shorten_waits() {
    const auto latest = now_ + limit_of(http_wait::request);
    for (auto* each = list(http_wait::request).front(); each != nullptr;
         each = list(http_wait::request).after(each)) {
        each->set_deadline(std::min(each->deadline(), latest));
    }
    // A new connection whose request is on its way is as good as idle.
    for (auto* each = list(http_wait::head).front(); each != nullptr;) {
        auto* const connection = static_cast<http_connection*>(each);
        each = list(http_wait::head).after(each);
        if (connection->silent()) wait(*connection, http_wait::request);
    }
    http_waiter* const first = list(http_wait::request).front();
    if (first != nullptr && first->deadline() < armed_for_) arm(first->deadline());
}

}  // namespace support
