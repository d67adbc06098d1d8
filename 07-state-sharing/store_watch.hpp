// How a process hears that another one has changed something.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "07-state-sharing/store.hpp"

namespace state {

/// Follows the keys that begin with one prefix, and tells of each change, whoever made it.
///
/// Two ways stand behind it: polling_watch asks the store again and again; notified_watch is told
/// by the primary. Changes that follow each other quickly may be told as one, the last; of one key
/// they are never told out of order, and the last one is always told. That the lifetime of a value
/// is over is nobody's change: it is told with the next one, if at all.
class store_watch {
  public:
    /// Gets the key and what is there now; nothing if it is gone.
    using listener = std::function<void(const std::string& key, const std::optional<entry>& now)>;

    store_watch() = default;
    store_watch(const store_watch&) = delete;
    store_watch& operator=(const store_watch&) = delete;
    virtual ~store_watch() = default;

    /// Tells first what is there already, at the next turn of the event loop. Any number of
    /// listeners; each is quick, and may use the store.
    virtual void on_change(listener told) = 0;
};

}  // namespace state
