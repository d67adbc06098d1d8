#include "04-auto-restart/orphan_guard.hpp"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "01-spawn-exec/pipes.hpp"
#include "support/environment.hpp"
#include "support/syscall.hpp"

namespace cluster {
namespace {

using asio::posix::stream_descriptor;

// What the handler needs. It may run between any two instructions, so that it reads and writes only
// these and makes only calls that are async-signal-safe.
volatile std::sig_atomic_t primary_pid = 0;
volatile std::sig_atomic_t seconds_to_live = 0;
volatile std::sig_atomic_t alarm_is_set = 0;

// Once: whoever continues an orphan again and again does not prolong its life.
void set_alarm() {
    if (alarm_is_set != 0) return;
    alarm_is_set = 1;
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    ::sigaction(SIGALRM, &standard, nullptr);
    ::alarm(static_cast<unsigned>(seconds_to_live));
}

// SIGCONT also comes from a shell's `fg` or from somebody's kill; then the parent is still there.
extern "C" void on_continue(int /*signal*/) {
    if (::getppid() != primary_pid) set_alarm();
}

void handle_continue() {
    struct sigaction action {};
    action.sa_handler = on_continue;
    action.sa_flags = SA_RESTART;
    support::check("sigaction", ::sigaction(SIGCONT, &action, nullptr));
}

// A mask is inherited over exec: whoever started us might have blocked what shall end us.
void unblock() {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    ::sigaddset(&wanted, SIGCONT);
    ::sigaddset(&wanted, SIGALRM);
    ::sigprocmask(SIG_UNBLOCK, &wanted, nullptr);
}

pid_t expected_primary() {
    const auto text = support::take_variable(orphan_guard::variable);
    if (!text) return ::getppid();
    const pid_t pid = support::number_in<pid_t>(*text).value_or(0);
    if (pid > 0) return pid;
    throw std::runtime_error(std::string(orphan_guard::variable) + "=" + *text + ": not a pid");
}

}  // namespace

orphan_guard::orphan_guard(const asio::any_io_executor& executor, orphan_settings settings)
    : primary_(executor), then_(settings.then) {
    const pid_t primary = expected_primary();
    const auto limit = std::clamp<std::chrono::seconds::rep>(settings.limit.count(), 1, 1'000'000);
    seconds_to_live = static_cast<std::sig_atomic_t>(limit);
    primary_pid = primary;
    const bool kill = then_ == on_primary_death::kill;
    if (!kill) handle_continue();
    unblock();
    support::check("prctl", ::prctl(PR_SET_PDEATHSIG, kill ? SIGKILL : signal));
    watch_primary(primary);
    // Only now: a primary that died earlier sent no signal, and the number that we opened may
    // belong to another process already. As long as it is our parent, it is the right one.
    if (::getppid() != primary) be_orphaned();
}

void orphan_guard::watch_primary(pid_t primary) {
    if (primary == 0) return;  // it lives outside of our pid namespace: the signal has to do
    support::unique_fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, primary, 0)));
    if (!pidfd && errno == ESRCH) return;
    support::check("pidfd_open", pidfd.get());
    primary_ = child_process::watch(primary_.get_executor(), pidfd);
}

void orphan_guard::be_orphaned() {
    orphaned_ = true;
    if (then_ == on_primary_death::kill) ::kill(::getpid(), SIGKILL);
    set_alarm();
}

asio::awaitable<void> orphan_guard::until_orphaned() {
    if (!orphaned_ && !primary_.is_open()) {
        asio::steady_timer never(primary_.get_executor(), asio::steady_timer::time_point::max());
        const auto [cancelled] = co_await never.async_wait(support::as_result);
        support::check("wait for the primary", cancelled);
    }
    while (!orphaned_) {
        const auto [error] =
            co_await primary_.async_wait(stream_descriptor::wait_read, support::as_result);
        support::check("wait for the primary", error);
        be_orphaned();
    }
}

}  // namespace cluster
