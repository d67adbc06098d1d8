#include "07-state-sharing/store_follower.hpp"

#include <vector>

#include "support/log.hpp"

namespace state {

// Only reading is attempted: what a listener throws is not the store's.
template <class Read>
bool store_follower::attempt(const Read& read) {
    try {
        read();
        if (std::exchange(failing_, false)) support::log() << "the store can be read again";
        return true;
    } catch (const store_error& error) {
        if (!std::exchange(failing_, true)) {
            support::log() << "the store cannot be read, trying again: " << error.what();
        }
        return false;
    }
}

std::optional<version> store_follower::latest() {
    std::optional<version> result;
    attempt([&] { result = from_.latest(); });
    return result;
}

bool store_follower::look() {
    std::vector<named_entry> present;
    if (!attempt([&] { present = from_.scan(prefix_); })) return false;
    const std::size_t greeted = std::exchange(greeted_, listeners_.size());
    const std::size_t all = greeted_;
    auto gone = std::exchange(told_, {});
    for (const auto& [key, found] : present) told_[key] = found.changed;
    for (const auto& [key, found] : present) {
        const auto before = gone.find(key);
        const bool news = before == gone.end() || before->second != found.changed;
        tell(key, found, news ? 0 : greeted, all);
        if (before != gone.end()) gone.erase(before);
    }
    for (const auto& [key, known] : gone) tell(key, std::nullopt, 0, greeted);
    return true;
}

bool store_follower::look_at(const std::string& key) {
    std::optional<entry> now;
    if (!attempt([&] { now = from_.get(key); })) return false;
    const auto before = told_.find(key);
    const version known = before == told_.end() ? 0 : before->second;
    if (known == (now ? now->changed : 0)) return true;
    if (now) {
        told_[key] = now->changed;
    } else {
        told_.erase(before);
    }
    tell(key, now, 0, greeted_);
    return true;
}

// To the listeners from number `first` to before number `end`.
void store_follower::tell(const std::string& key, const std::optional<entry>& now,
                          std::size_t first, std::size_t end) {
    auto each = listeners_.begin();
    for (std::size_t number = 0; number < end; ++number, ++each) {
        if (number >= first) (*each)(key, now);
    }
}

}  // namespace state
