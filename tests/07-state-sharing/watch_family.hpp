// A primary in the test's own process whose workers watch one store, and what they heard.
#pragma once

#include <cluster_workshop/cluster.hpp>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "07-state-sharing/change_relay.hpp"
#include "support/async_condition.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace tests {

using json = nlohmann::json;

/// Their ids. (A co_await takes no list in braces.)
template <class... Ids>
std::vector<int> workers(Ids... ids) {
    return {ids...};
}

/// Workers are watches_as_told, over a file_store in a folder of its own.
class watch_family {
  public:
    /// @param kind  "polling" or "notification"
    watch_family(const asio::any_io_executor& executor, const std::string& kind);
    watch_family(const watch_family&) = delete;
    watch_family& operator=(const watch_family&) = delete;

    /// Starts so many workers, and waits until each has heard what the first wrote: they watch.
    asio::awaitable<void> start(int workers);
    /// Starts one, and waits for nothing.
    int start_one() { return primary_.fork().id(); }

    void tell(int id, const json& order);
    void kill(int id, int signal) { worker(id).kill(signal); }
    asio::awaitable<void> until(std::function<bool()> done);
    asio::awaitable<void> until_dead(int id);
    /// Waits until each of them has heard this value of the key, null for an erased one.
    asio::awaitable<void> until_heard(std::vector<int> ids, std::string key, json value);
    /// Waits for a message of a worker that has this member; the member.
    asio::awaitable<json> answer(int id, std::string member);
    /// How many such messages there are that nobody has asked for.
    [[nodiscard]] std::size_t answers(int id, const std::string& member);

    /// The values of a key that a worker has heard, in this order.
    [[nodiscard]] const std::vector<json>& heard(int id, const std::string& key) {
        return heard_[id][key];
    }
    /// How many keys with a value it knows.
    [[nodiscard]] std::size_t known(int id) const;
    [[nodiscard]] cluster::primary& primary() { return primary_; }
    [[nodiscard]] state::change_relay& relay() { return relay_; }
    [[nodiscard]] std::string file() const { return folder_.file("state.json"); }
    [[nodiscard]] cluster::worker& worker(int id);

  private:
    void take(int id, const json& message);

    temporary_folder folder_;
    support::async_condition news_;
    std::map<int, std::map<std::string, std::vector<json>>> heard_;  // by worker and key
    std::map<int, std::vector<json>> answers_;
    std::map<int, std::string> ends_;  // how each that has gone did
    cluster::primary primary_;
    state::change_relay relay_;
};

}  // namespace tests
