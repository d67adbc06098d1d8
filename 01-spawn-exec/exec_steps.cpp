#include "01-spawn-exec/exec_steps.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace child_process {
namespace {

// Passes `done` on, and notes the step and its errno when it is false. The parent, which shares
// this memory, reads the note when it runs again.
bool note(exec_plan& plan, bool done, const char* step) {
    if (!done) {
        plan.failed_step = step;
        plan.failed_errno = errno;
    }
    return done;
}

bool enter_group(exec_plan& plan) {
    if (plan.new_session && !note(plan, ::setsid() != -1, "setsid")) return false;
    if (!plan.process_group) return true;
    return note(plan, ::setpgid(0, *plan.process_group) == 0, "setpgid");
}

bool enter_folder(exec_plan& plan) {
    return plan.cwd == nullptr || note(plan, ::chdir(plan.cwd) == 0, "chdir");
}

void close_from(unsigned first) {
    if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
    rlimit limit{};  // Linux before 5.9: one by one
    ::getrlimit(RLIMIT_NOFILE, &limit);
    for (rlim_t fd = first; fd < limit.rlim_cur; ++fd) ::close(static_cast<int>(fd));
}

// Puts each source at its number. First all sources are lifted above every target: otherwise
// filling one target could overwrite the source of another (think of swapping 1 and 2). dup2 clears
// close-on-exec, so these stay open, and whatever else the parent had open is closed.
bool place_descriptors(exec_plan& plan) {
    const int count = static_cast<int>(plan.sources.size());
    for (int n = 0; n < count; ++n) {
        plan.lifted[n] = ::fcntl(plan.sources[n], F_DUPFD_CLOEXEC, count);
        if (!note(plan, plan.lifted[n] != -1, "dup")) return false;
    }
    for (int n = 0; n < count; ++n) {
        if (!note(plan, ::dup2(plan.lifted[n], n) != -1, "dup2")) return false;
    }
    close_from(static_cast<unsigned>(count));
    return true;
}

// Through syscall(2): the C library's setuid would try to change the parent's other threads, which
// share its memory with us but are not ours.
bool change_identity(exec_plan& plan) {
    // Only root has groups to drop; for others this fails and changes nothing.
    if (plan.uid || plan.gid) ::syscall(SYS_setgroups, 0, nullptr);
    if (plan.gid && !note(plan, ::syscall(SYS_setgid, *plan.gid) == 0, "setgid")) return false;
    return !plan.uid || note(plan, ::syscall(SYS_setuid, *plan.uid) == 0, "setuid");
}

// After the identity: a change of user switches this off. The parent may have died before we asked;
// then nobody is left to send the signal, and we end as if it had come.
bool follow_parent(exec_plan& plan) {
    if (!plan.parent_death_signal) return true;
    const bool set = ::prctl(PR_SET_PDEATHSIG, *plan.parent_death_signal) == 0;
    return note(plan, set, "prctl") && ::getppid() == plan.parent;
}

// Signal handlers belong to the parent's program. They must be gone before signals are let through
// again, or one could run here, in memory that is not ours. The parent's ignored signals (SIGPIPE)
// would even survive the exec.
void reset_signals() {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// As a shell searches: a file that is not there is passed over; one that may not be run is
// remembered, because "permission denied" says more than "not found".
void exec_first(exec_plan& plan) {
    int worst = ENOENT;
    for (const char* file : plan.files) {
        ::execve(file, plan.argv.data(), plan.envp.data());  // returns only if it failed
        if (errno != ENOENT && errno != ENOTDIR) worst = errno;
        if (worst != ENOENT && worst != EACCES) break;
    }
    errno = worst;
    note(plan, false, "exec");
}

}  // namespace

int become_program(void* argument) noexcept {
    exec_plan& plan = *static_cast<exec_plan*>(argument);
    if (enter_group(plan) && enter_folder(plan) && place_descriptors(plan) &&
        change_identity(plan) && follow_parent(plan)) {
        reset_signals();
        exec_first(plan);
    }
    return 127;  // the C library's clone ends the process with this
}

}  // namespace child_process
