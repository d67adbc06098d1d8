// "It happens to you": any number of listeners, called in the order in which they were added.
#pragma once

#include <functional>
#include <list>
#include <utility>

namespace support {

/// A list of listeners. Its owner says what has happened by calling it like a function.
///
/// Listeners are synchronous and quick. One may add another, which then hears of the next time.
template <class... Arguments>
class event {
  public:
    using listener = std::function<void(Arguments...)>;

    event() = default;
    event(const event&) = delete;
    event& operator=(const event&) = delete;

    /// @lifetime  what the listener refers to must outlive the event
    void add(listener added) { listeners_.push_back(std::move(added)); }

    void operator()(Arguments... arguments) const {
        std::size_t left = listeners_.size();  // not those that are added meanwhile
        for (auto each = listeners_.begin(); left > 0; ++each, --left) (*each)(arguments...);
    }

  private:
    std::list<listener> listeners_;  // a list: adding moves no listener that is being called
};

}  // namespace support
