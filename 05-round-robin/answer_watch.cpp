#include "05-round-robin/answer_watch.hpp"

namespace cluster {

void answer_watch::offered(int worker, int count, steady_time now) {
    debtor& one = workers_[worker];
    if (one.unanswered == 0) one.heard = now;
    one.unanswered += count;
}

void answer_watch::answered(int worker, steady_time now) {
    const auto found = workers_.find(worker);
    if (found == workers_.end()) return;
    --found->second.unanswered;
    found->second.heard = now;
}

std::vector<int> answer_watch::look(steady_time now) {
    // Not by the difference: before the first look there is none.
    const bool held_up = last_look_ < now - limit_ / 2;
    last_look_ = now;
    std::vector<int> silent;
    for (auto& [worker, one] : workers_) {
        if (held_up) one.heard = now;
        if (one.unanswered > 0 && one.heard + limit_ <= now) silent.push_back(worker);
    }
    return silent;
}

std::optional<steady_time> answer_watch::next_look() const {
    const bool nobody_owes = std::none_of(workers_.begin(), workers_.end(), [](const auto& each) {
        return each.second.unanswered > 0;
    });
    if (nobody_owes) return std::nullopt;
    return last_look_ + step();
}

}  // namespace cluster
