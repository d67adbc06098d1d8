// What somebody at the dashboard can do to the cluster.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "06-cluster-lib/primary.hpp"
#include "07-state-sharing/full_cluster/board.hpp"
#include "support/http_request.hpp"
#include "support/weak_ref.hpp"

namespace full_cluster {

/// The outcome of an action: a status, and a sentence.
struct action_result {
    int status = 202;
    std::string sentence;
};

/// Carries the dashboard's actions out. Each is noted on the board.
/// @lifetime both must outlive it
class actions {
  public:
    /// @param executor  of the primary's event loop
    actions(const asio::any_io_executor& executor, cluster::primary& cluster, board& events)
        : executor_(executor), cluster_(cluster), board_(events) {}
    actions(const actions&) = delete;
    actions& operator=(const actions&) = delete;

    /// @param name  crash, hang, kill, stop, continue, each with ?slot=N; reload; scale?by=N;
    ///        load?requests=N
    [[nodiscard]] action_result run(std::string_view name, const support::http_request& request);

  private:
    [[nodiscard]] action_result on_worker(std::string_view name, int slot);
    [[nodiscard]] cluster::worker* worker_in(int slot) const;
    [[nodiscard]] action_result reload();
    [[nodiscard]] action_result scale(int by);
    [[nodiscard]] action_result load(int requests);
    static asio::awaitable<void> follow_load(support::weak_ref<actions> self, std::string port,
                                             std::string requests);
    void load_ended(std::string_view told);
    action_result done(std::optional<int> worker, std::string sentence);

    asio::any_io_executor executor_;
    cluster::primary& cluster_;
    board& board_;
    bool loading_ = false;
    support::weak_anchor<actions> anchor_{this};
};

}  // namespace full_cluster
