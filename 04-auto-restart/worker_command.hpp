// What a worker is started with, and the time that it is given.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "01-spawn-exec/spawn_options.hpp"
#include "04-auto-restart/orphan_guard.hpp"

namespace cluster {

/// What a worker is started with.
struct worker_command {
    std::string program;
    std::vector<std::string> arguments;
    /// Folder, environment, user, and descriptors 0 and 1, which are ours unless given. Standard
    /// error is read by the primary and passed on.
    child_process::spawn_options options = child_process::spawn_options();
    on_primary_death primary_death = on_primary_death::finish;
    /// What it writes to its outputs is told by worker_process::on_output, and not passed on to
    /// ours.
    bool silent = false;
};

/// The time that workers are given. Each is an option, all in milliseconds.
struct worker_limits {
    /// From a worker's suicide, or the loss of its channel, to the first rung of the ladder.
    std::chrono::milliseconds drain{5'000};
    /// The same for a worker that was asked to leave, or said in health that it does.
    std::chrono::milliseconds leave{30'000};
    /// From SIGTERM to SIGKILL.
    std::chrono::milliseconds term{5'000};
    /// Without a heartbeat: SIGABRT. 0 switches the watch off.
    std::chrono::milliseconds hang{30'000};
    /// From SIGABRT to SIGKILL.
    std::chrono::milliseconds abort{2'000};
};

}  // namespace cluster
