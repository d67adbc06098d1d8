#include "01-spawn-exec/adopted.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <string>

#include "support/syscall.hpp"

namespace child_process {
namespace {

std::set<pid_t>& own_children() {
    static std::set<pid_t> pids;
    return pids;
}

}  // namespace

void add_own_child(pid_t pid) {
    own_children().insert(pid);
}

void forget_own_child(pid_t pid) {
    own_children().erase(pid);
}

bool adopts_orphans() {
    int asked = 0;
    return ::getpid() == 1 || (::prctl(PR_GET_CHILD_SUBREAPER, &asked) == 0 && asked != 0);
}

int reap_adopted() {
    // One by one, by number: waiting for just any child would take an owner's status away.
    const std::string self = std::to_string(::getpid());
    std::ifstream children("/proc/self/task/" + self + "/children");
    int reaped = 0;
    for (pid_t pid = 0; children >> pid;) {
        if (own_children().contains(pid)) continue;
        siginfo_t info{};
        const auto look = [&] {
            return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG);
        };
        if (support::retry(look) == 0 && info.si_pid != 0) ++reaped;
    }
    return reaped;
}

}  // namespace child_process
