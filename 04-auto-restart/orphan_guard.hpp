// A worker's defence against outliving its primary.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <csignal>

#include "support/asio.hpp"

namespace cluster {

/// What a worker does when its primary has died.
enum class on_primary_death {
    finish,  ///< what it has begun; past the limit the kernel ends it
    kill,    ///< nothing more: the kernel ends it at once
};

/// How a worker behaves without a primary.
struct orphan_settings {
    on_primary_death then = on_primary_death::finish;
    /// How long it may go on, at least one second.   [seconds]
    std::chrono::seconds limit{5};
};

/// In a worker: makes sure that it ends when its primary does, however that happens, and whatever
/// the worker is doing at the time.
///
/// A primary that is killed with SIGKILL can tell nobody. Two things tell us: the primary's pidfd,
/// which wakes our event loop, and a signal that the kernel sends on the parent's death. The signal
/// is SIGCONT, since only that (and SIGKILL) reaches a process that is stopped, and since a program
/// that knows nothing of all this ignores it. Our handler asks whether the parent has changed, and
/// if so sets an alarm, which ends even a worker that never returns to its event loop.
///
/// Make one, after any change of user: that switches the signal off. What it sets up (the handler
/// of SIGCONT, the alarm) stays until the process ends, for it must work when nothing else does.
/// The parent's death is meant literally: where several threads start processes, the kernel takes
/// the end of the one that started us for it (and the handler finds that nothing has changed).
/// @source prctl(2) PR_SET_PDEATHSIG, pidfd_open(2), alarm(2)
class orphan_guard {
  public:
    /// The environment variable with the primary's pid, in decimal.
    static constexpr const char* variable = "CLUSTER_WORKSHOP_PRIMARY";
    /// What the primary sets as spawn_options::parent_death_signal, so that there is no moment
    /// without protection.
    static constexpr int signal = SIGCONT;

    /// Takes the variable out of the environment; without it the primary is the parent of now. One
    /// that has died before we could watch it is noticed, if the variable is there.
    /// @throws std::runtime_error if the variable holds no pid
    /// @throws std::system_error "pidfd_open" EMFILE, "watch"
    explicit orphan_guard(const asio::any_io_executor& executor, orphan_settings settings = {});

    /// Waits until the primary has died; at once if it has.
    /// @lifetime the guard must outlive the returned awaitable
    /// @cancel   safe
    [[nodiscard]] asio::awaitable<void> until_orphaned();

  private:
    void watch_primary(pid_t primary);
    void be_orphaned();

    asio::posix::stream_descriptor primary_;  // its pidfd; closed if it lives where we cannot look
    on_primary_death then_;
    bool orphaned_ = false;
};

}  // namespace cluster
