// Which keys have changed, in bounded room.
#pragma once

#include <cstddef>
#include <set>
#include <string>

namespace state {

/// A set of keys that somebody is still to be told of. Of many changes of one key it keeps one, and
/// past `most` keys it only knows that any key may have changed: whoever is told that reads
/// everything again. So it stays small however long it waits.
class changed_keys {
  public:
    static constexpr std::size_t most = 1'000;

    void add(std::string key) {
        if (!any_) keys_.insert(std::move(key));
        if (keys_.size() > most) add_any();
    }
    void add(const changed_keys& more) {
        if (more.any_) return add_any();
        for (const std::string& key : more.keys_) add(key);
    }
    void add_any() {
        any_ = true;
        keys_.clear();
    }

    /// Whether any key may have changed; then keys() is empty.
    [[nodiscard]] bool any() const { return any_; }
    [[nodiscard]] const std::set<std::string>& keys() const { return keys_; }
    [[nodiscard]] bool empty() const { return !any_ && keys_.empty(); }

  private:
    std::set<std::string> keys_;
    bool any_ = false;
};

}  // namespace state
