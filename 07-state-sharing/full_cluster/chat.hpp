// A small board of messages that all workers share.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "07-state-sharing/store.hpp"

namespace full_cluster {

/// The last messages, each under a key of its own: `chat/0000000007`. Two people who write at once
/// get two numbers, so nothing is overwritten and no lock is held across two operations.
class chat {
  public:
    static constexpr int most_messages = 50;
    static constexpr std::size_t longest_text = 500;  // bytes

    explicit chat(state::store& store) : store_(store) {}

    void add(const std::string& user, const std::string& text);

    /// Messages that came after `version`, oldest first: {"messages":[…],"version":V}. The next
    /// call with V misses none.
    [[nodiscard]] nlohmann::json after(state::version version);

  private:
    state::store& store_;
};

}  // namespace full_cluster
