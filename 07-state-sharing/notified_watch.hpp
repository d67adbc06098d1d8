// Hearing of changes from those who make them.
#pragma once

#include <string>

#include "06-cluster-lib/this_worker.hpp"
#include "07-state-sharing/changed_keys.hpp"
#include "07-state-sharing/state_message.hpp"
#include "07-state-sharing/store_follower.hpp"
#include "07-state-sharing/store_watch.hpp"
#include "support/asio.hpp"
#include "support/weak_ref.hpp"

namespace state {

/// A worker's side of notification: tells the primary which keys this process has written, and is
/// told by it what others have. The primary's side is change_relay.
///
/// Every worker of a cluster follows the same prefix: what is written outside of it is not told.
/// It hears of what workers write, and of what the primary announces; of the writes of a program
/// outside of the cluster only by chance. Under a primary without a change_relay it hears of this
/// process's own.
class notified_watch final : public store_watch {
  public:
    /// Takes the store's on_write.
    /// @lifetime the store and `self` must outlive the watch. Not to be destroyed by a listener of
    ///           its own
    notified_watch(const asio::any_io_executor& executor, store& of, std::string prefix,
                   cluster::this_worker& self);
    ~notified_watch() override;

    void on_change(listener told) override;

  private:
    void hear(const nlohmann::json& received);
    void wrote(const std::string& key);
    void act_soon();
    void act();
    bool look(const changed_keys& keys);
    [[nodiscard]] asio::awaitable<void> send_untold();

    store& store_;
    store_follower follower_;
    cluster::this_worker& worker_;
    changed_keys unseen_;   // to be read from the store
    state_message untold_;  // to be sent to the primary
    bool heard_ = true;     // the primary's message; the primary is told after reading
    bool soon_ = false;     // act() is on its way
    bool sending_ = false;
    asio::steady_timer retry_;
    support::weak_anchor<notified_watch> anchor_{this};
};

}  // namespace state
