// What the primary knows of its workers, kept up to date while it happens.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "06-cluster-lib/primary.hpp"
#include "07-state-sharing/full_cluster/cluster_view.hpp"
#include "07-state-sharing/full_cluster/figures.hpp"
#include "support/event.hpp"
#include "support/weak_ref.hpp"

namespace full_cluster {

/// Something that happened to the cluster.
struct happening {
    std::chrono::system_clock::time_point at;
    std::string kind;           ///< fork, online, listening, suicide, exit, reload, give_up …
    std::optional<int> worker;  ///< its id
    std::string text;
};

/// Follows a primary and adds up what its workers report. Counters belong to the slot, so they
/// survive the death of a worker.
class board {
  public:
    static constexpr std::size_t most_happenings = 200;

    /// @param policy, watch  how connections are dealt, and how workers hear of changes; for show
    board(cluster::primary& cluster, std::string policy, std::string watch);
    board(const board&) = delete;
    board& operator=(const board&) = delete;

    /// Ends one measuring interval and begins the next; rates are those of the last few. Called
    /// regularly.
    void tick();
    [[nodiscard]] cluster_view look() const;

    /// The last ones, oldest first.
    [[nodiscard]] const std::deque<happening>& happenings() const { return happenings_; }
    void note(std::string_view kind, std::optional<int> worker, std::string text);
    support::event<const happening&> on_happening;

    /// The app's; nothing before a worker listens.
    [[nodiscard]] std::optional<int> port() const { return port_; }
    void set_stopping() { stopping_ = true; }
    [[nodiscard]] bool stopping() const { return stopping_; }
    [[nodiscard]] bool reloading() const { return reloading_; }

  private:
    using clock = std::chrono::steady_clock;
    struct account {
        std::uint64_t requests = 0;
        std::uint64_t restarts = 0;
        std::optional<std::pair<std::string, clock::time_point>> last_death;
    };
    // What the kernel says of a worker: looking costs more than all the rest.
    struct measured {
        std::uint64_t memory = 0;
        bool stopped = false;
    };
    struct sample {
        clock::time_point at;
        std::uint64_t requests = 0;
        std::map<int, std::uint64_t> by_slot;
        latency_histogram latency;  // of the interval that it ends
    };

    void measure();
    void follow();
    void follow_the_whole();
    void listening(cluster::worker& worker, const cluster::listening_address& where);
    void died(cluster::worker& worker, child_process::exit_status status);
    void reloaded(const std::optional<std::string>& failure);
    void take(const cluster::worker& from, const figures& told);
    [[nodiscard]] worker_view look_at(const cluster::worker& worker) const;
    [[nodiscard]] worker_view look_at_slot(int slot) const;
    [[nodiscard]] double rate(std::uint64_t before, std::uint64_t now) const;
    [[nodiscard]] static std::uint64_t requests_of(int slot, const sample& then);

    cluster::primary& cluster_;
    std::string policy_;
    std::string watch_;
    std::optional<int> port_;
    bool reloading_ = false;
    bool stopping_ = false;
    std::uint64_t reloads_ = 0;
    clock::time_point started_ = clock::now();
    std::map<int, account> slots_;
    std::map<int, measured> measured_;  // by worker id
    int ticks_ = 0;
    figures total_;
    latency_histogram interval_;
    std::deque<sample> samples_;
    std::deque<happening> happenings_;
    support::weak_anchor<board> anchor_{this};  // the primary may outlive it
};

}  // namespace full_cluster
