// How two threads of one process hand something over: a lock, and somebody to wake.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace comparison {

/// Room for one thing at a time.
template <class Thing>
class hand_over {
  public:
    void put(Thing thing) {
        {
            const std::lock_guard guard(lock_);
            thing_ = std::move(thing);
        }
        changed_.notify_one();
    }
    Thing take() {
        std::unique_lock guard(lock_);
        changed_.wait(guard, [&] { return thing_.has_value(); });
        return *std::exchange(thing_, std::nullopt);
    }

  private:
    std::mutex lock_;
    std::condition_variable changed_;
    std::optional<Thing> thing_;
};

}  // namespace comparison
