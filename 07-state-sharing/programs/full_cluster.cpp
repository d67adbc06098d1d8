// The full cluster: an app with shared sessions and state on one port, a dashboard on another.
//
// This program is the primary, and each of its workers.
#include <algorithm>
#include <csignal>
#include <iostream>

#include "06-cluster-lib/run.hpp"
#include "07-state-sharing/full_cluster/primary_part.hpp"
#include "07-state-sharing/full_cluster/worker_part.hpp"

int main(int argc, char** argv) try {
    // Sent to a whole group by who rotates logs; only the primary waits for it.
    ::signal(SIGUSR1, SIG_IGN);
    // First of all: the sockets are numbers that nothing else may take.
    std::vector<full_cluster::inherited_listener> inherited;
    if (cluster::is_primary()) inherited = full_cluster::inherited_listeners();
    full_cluster::settings given;
    if (const auto code = given.parse(argc, argv)) return *code;
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    return cluster::run(
        argc, argv,
        [&](cluster::primary& cluster) {
            return full_cluster::lead(cluster, given, arguments, inherited);
        },
        [&](cluster::this_worker& self) { return full_cluster::work(self, given); });
} catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
    return 1;
}
