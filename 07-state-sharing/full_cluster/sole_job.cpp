#include "07-state-sharing/full_cluster/sole_job.hpp"

#include "07-state-sharing/file_lock.hpp"

namespace full_cluster {

asio::awaitable<void> sole_job::run() {
    state::file_lock lock(lock_);  // free wherever this coroutine ends
    bool ours = false;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        ours = ours || lock.try_take();
        if (ours) work_();
        timer.expires_after(interval_);
        const auto [error] = co_await timer.async_wait(support::as_result);
        if (error) co_return;
    }
}

}  // namespace full_cluster
