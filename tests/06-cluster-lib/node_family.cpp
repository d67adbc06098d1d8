#include "tests/06-cluster-lib/node_family.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/syscall.hpp"

namespace tests {

watched_end::watched_end(pid_t pid) : pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}

bool watched_end::comes() const {
    if (!pidfd_) return true;  // it had ended already
    pollfd ended{pidfd_.get(), POLLIN, 0};
    const auto limit = std::chrono::milliseconds(patience);
    return support::retry([&] { return ::poll(&ended, 1, static_cast<int>(limit.count())); }) == 1;
}

node_family::words over_node_app(const std::string& script, const std::string& policy,
                                 node_family::words arguments) {
    node_family::words result{
        "--workers", "2",      "--policy",
        policy,      "--port", "0",
        "--",        "node",   source_file("tests/06-cluster-lib/node/" + script)};
    result.insert(result.end(), arguments.begin(), arguments.end());
    return result;
}

std::string run_cluster_program() {
    return stage_program("06-cluster-lib", "run_cluster");
}

}  // namespace tests
