// What a primary is told about its workers.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "01-spawn-exec/spawn_options.hpp"
#include "04-auto-restart/restart_policy.hpp"
#include "04-auto-restart/worker_command.hpp"
#include "05-round-robin/schedule.hpp"

namespace cluster {

/// Who gets the next connection.
enum class policy {
    round_robin,        ///< the primary accepts, and passes them on in turn
    least_connections,  ///< the primary accepts; whoever has the fewest open
    address_hash,       ///< the primary accepts; the same client comes to the same slot
    shared,             ///< the workers accept from one socket; whoever is quickest
    reuseport,          ///< each slot has a socket of its own; the kernel deals
};

/// "round-robin", "least-connections", "address-hash", "shared" or "reuseport"; empty for any other
/// name.
[[nodiscard]] std::optional<policy> policy_named(std::string_view name);
/// The names, for a message.
[[nodiscard]] std::string policy_names();

/// How workers are started and treated. What is not given stays as it is; nothing is at first, and
/// the defaults are named here.
/// @source Node's cluster.setupPrimary
struct setup {
    /// This program itself, by the path that it was started from. Without a slash it is looked for
    /// in PATH.
    std::optional<std::string> program{};
    /// Our own arguments, where cluster::run knows them; none otherwise.
    std::optional<std::vector<std::string>> arguments{};
    /// Our folder.
    std::optional<std::string> cwd{};
    /// The whole environment; ours. What the cluster needs is added.
    std::optional<child_process::environment> env{};
    /// No. What workers write to their outputs is told by primary::on_output, instead of passed on.
    std::optional<bool> silent{};
    /// The workers' standard input and output: ours. (Their standard error is read by the primary,
    /// for the report of their end, and passed on.)
    std::optional<std::vector<child_process::stdio>> stdio{};
    /// Who they run as (needs privilege): who we are.
    std::optional<uid_t> uid{};
    std::optional<gid_t> gid{};
    /// What a worker does when the primary has died: finish what it has, for five seconds at most.
    std::optional<cluster::on_primary_death> primary_death{};

    // What follows is fixed when the cluster starts: by fork(), keep_running(), reload() or
    // until_signal().

    /// Round robin.
    std::optional<cluster::policy> policy{};
    /// A schedule of your own, instead of the policy's; the primary accepts. Called once for each
    /// listening socket, since a schedule keeps whose turn it is.
    std::function<schedule()> pick{};
    /// 8: how many connections one of our workers may have been offered and not answered.
    std::optional<int> credit{};
    /// What a client is told, before its connection is closed, whom no worker could take: nothing.
    /// A server of HTTP says 503.
    std::optional<std::string> refusal{};
    /// See worker_limits.
    std::optional<worker_limits> limits{};
    /// See restart_settings.
    std::optional<restart_settings> restart{};
    std::optional<on_give_up> giving_up{};
    /// A second: how long a successor must have been ready before reload() lets its predecessor go.
    std::optional<std::chrono::milliseconds> proof{};

    /// Takes over what `changes` gives.
    void merge(const setup& changes);
    /// Whether it gives anything that is fixed when the cluster starts.
    [[nodiscard]] bool changes_what_is_fixed() const;
};

}  // namespace cluster
