// The primary's side of notification.
#pragma once

#include <map>
#include <string>

#include "06-cluster-lib/primary.hpp"
#include "07-state-sharing/changed_keys.hpp"
#include "support/asio.hpp"
#include "support/weak_ref.hpp"

namespace state {

/// Passes on to all other workers what one has changed. Their side is notified_watch.
///
/// A worker has at most one message on its way: the next is sent when it has said that it heard the
/// last, and has in it all that changed meanwhile. So one that is slow, or stopped, costs a set of
/// keys and delays nobody; when it goes on it hears one message more, whatever it has missed.
/// When a worker ends, all others read everything: it may have died between a write and its word.
/// Nothing that a worker says does more than make others read the store.
class change_relay {
  public:
    /// @lifetime the primary must outlive it, or end its workers before
    change_relay(const asio::any_io_executor& executor, cluster::primary& cluster);

    /// The primary itself has written this key: tells all workers. Its store's on_write is the
    /// place to call it.
    void announce(const std::string& key);

  private:
    // What one worker is still to be told; everything, before it has said its first word.
    struct listening_worker {
        listening_worker() { untold.add_any(); }
        changed_keys untold;
        bool waits = false;  // it has heard the last message
    };

    void forget(int worker);
    void hear(int worker, const nlohmann::json& received);
    void pass_on(const changed_keys& changed, int except);
    void tell(int worker, listening_worker& listens);
    void try_again();

    cluster::primary& cluster_;
    std::map<int, listening_worker> workers_;  // by id; those that have said that they listen
    asio::steady_timer retry_;
    bool retrying_ = false;
    support::weak_anchor<change_relay> anchor_{this};
};

}  // namespace state
