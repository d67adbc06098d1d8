// Waiting inside one event loop until another coroutine says that something has changed.
#pragma once

#include "support/asio.hpp"

namespace support {

/// A condition variable for coroutines of one io_context: wait() sleeps until notify_all().
///
/// As with any condition variable the waiter looks at its state before and after: `while (!ready)
/// co_await c.wait();`. A condition that is destroyed wakes its waiters too; they must then not
/// touch what died with it.
class async_condition {
  public:
    explicit async_condition(const asio::any_io_executor& executor)
        : timer_(executor, asio::steady_timer::time_point::max()) {}

    /// Wakes every coroutine that waits now. Their turn comes from the event loop, not inside this
    /// call.
    void notify_all() { timer_.cancel(); }

    /// @cancel   safe: a cancelled waiter is simply no longer waiting
    [[nodiscard]] asio::awaitable<void> wait() {
        // The timer never fires; being cancelled is how it says "now".
        co_await timer_.async_wait(as_result);
    }

  private:
    asio::steady_timer timer_;
};

}  // namespace support
