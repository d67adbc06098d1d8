#include "07-state-sharing/full_cluster/sole_job.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include "support/syscall.hpp"

namespace full_cluster {

void sole_job::try_lock() {
    constexpr mode_t mode = 0600;
    support::unique_fd file(
        support::check("open " + lock_, ::open(lock_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, mode)));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) held_ = std::move(file);
}

asio::awaitable<void> sole_job::run() {
    // The descriptor is the lock: it is closed, and the job free, wherever this coroutine ends.
    struct release {
        support::unique_fd& held;
        ~release() { held.reset(); }
    } const at_the_end{held_};
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        if (!held_) try_lock();
        if (held_) work_();
        timer.expires_after(interval_);
        const auto [error] = co_await timer.async_wait(support::as_result);
        if (error) co_return;
    }
}

}  // namespace full_cluster
