// What both kinds of watch have in common.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "07-state-sharing/store.hpp"
#include "07-state-sharing/store_watch.hpp"

namespace state {

/// Knows what has been told of the keys under a prefix, and tells what is new.
///
/// It always reads the store itself, so that nothing it tells is older than what it told before.
class store_follower {
  public:
    /// @lifetime the store must outlive it
    store_follower(store& from, std::string prefix) : from_(from), prefix_(std::move(prefix)) {}

    /// The next look() tells the listener everything.
    void add(store_watch::listener told) { listeners_.push_back(std::move(told)); }
    [[nodiscard]] bool has_new_listener() const { return greeted_ < listeners_.size(); }
    [[nodiscard]] bool follows(std::string_view key) const { return key.starts_with(prefix_); }

    /// The store's newest version; nothing if it could not be read.
    [[nodiscard]] std::optional<version> latest();
    /// Reads everything, and tells what differs from what was told.
    /// @return false if the store could not be read. That is logged, once until it can be
    bool look();
    /// Reads one key, and tells it if it differs.
    bool look_at(const std::string& key);

  private:
    template <class Read>
    bool attempt(const Read& read);
    void tell(const std::string& key, const std::optional<entry>& now, std::size_t first,
              std::size_t end);

    store& from_;
    std::string prefix_;
    std::map<std::string, version> told_;
    std::list<store_watch::listener> listeners_;
    std::size_t greeted_ = 0;  // so many of them, from the front, have been told everything
    bool failing_ = false;
};

}  // namespace state
