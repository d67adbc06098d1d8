#include "05-round-robin/worker_account.hpp"

#include <algorithm>
#include <utility>

namespace cluster {

worker_account::worker_account(int worker, int slot, worker_terms terms)
    : worker_(worker), slot_(slot), terms_(terms) {}

void worker_account::join(int slot, worker_terms terms) {
    slot_ = slot;
    terms_ = terms;
    leaving_ = false;
    full_ = false;
}

int worker_account::free_credit(steady_time now) const {
    if (leaving_ || full_ || now < paused_until_) return 0;
    return std::max(0, terms_.credit - static_cast<int>(offered_.size()));
}

candidate worker_account::seen(steady_time now) const {
    return {worker_, slot_, open_ + static_cast<int>(offered_.size()), free_credit(now) > 0};
}

std::optional<steady_time> worker_account::pause_end(steady_time now) const {
    if (leaving_ || full_ || now >= paused_until_) return std::nullopt;
    return paused_until_;
}

std::optional<pending_connection> worker_account::answered(std::uint64_t connection) {
    const auto found = std::find_if(
        offered_.begin(), offered_.end(),
        [connection](const pending_connection& each) { return each.connection == connection; });
    if (found == offered_.end()) return std::nullopt;
    std::optional<pending_connection> result = std::move(*found);
    offered_.erase(found);
    return result;
}

std::vector<pending_connection> worker_account::take_back() {
    return std::exchange(offered_, {});
}

void worker_account::refused(steady_time now) {
    if (terms_.reports_room) {
        full_ = true;
    } else {
        pause(now);
    }
}

// Several refusals of one moment are one: a pause that is under way is not made longer.
void worker_account::pause(steady_time now) {
    if (now < paused_until_) return;
    paused_until_ = now + pause_;
    pause_ = std::min(2 * pause_, longest_pause);
}

}  // namespace cluster
