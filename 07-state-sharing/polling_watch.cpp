#include "07-state-sharing/polling_watch.hpp"

#include <stdexcept>
#include <utility>

namespace state {

polling_watch::polling_watch(const asio::any_io_executor& executor, store& from, std::string prefix,
                             std::chrono::milliseconds interval)
    : follower_(from, std::move(prefix)), interval_(interval), timer_(executor) {
    if (interval.count() <= 0) throw std::invalid_argument("polling_watch: no interval");
    look_after(interval_);
}

void polling_watch::on_change(listener told) {
    follower_.add(std::move(told));
    look_after(std::chrono::milliseconds(0));
}

void polling_watch::look_after(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait(
        [self = support::weak_ref(anchor_)](const boost::system::error_code& cancelled) {
            if (self && !cancelled) self->look();
        });
}

void polling_watch::look() {
    look_after(interval_);
    // Asked before reading: what changes in between is seen by the next look.
    const auto latest = follower_.latest();
    if (!latest || (latest == seen_ && !follower_.has_new_listener())) return;
    if (follower_.look()) seen_ = latest;
}

}  // namespace state
