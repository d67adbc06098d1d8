// Hearing of changes by looking for them.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "07-state-sharing/store_follower.hpp"
#include "07-state-sharing/store_watch.hpp"
#include "support/asio.hpp"
#include "support/weak_ref.hpp"

namespace state {

/// Looks at the store again and again. Needs nobody's help, hears of a change half an interval
/// late on average, and costs something when nothing changes: little, since latest() says so.
class polling_watch final : public store_watch {
  public:
    /// @param interval  between two looks; more than 0
    /// @lifetime the store must outlive the watch. Not to be destroyed by a listener of its own
    polling_watch(const asio::any_io_executor& executor, store& from, std::string prefix,
                  std::chrono::milliseconds interval);

    void on_change(listener told) override;

  private:
    void look_after(std::chrono::milliseconds time);
    void look();

    store_follower follower_;
    std::chrono::milliseconds interval_;
    asio::steady_timer timer_;
    std::optional<version> seen_;  // everything up to this has been told
    support::weak_anchor<polling_watch> anchor_{this};
};

}  // namespace state
