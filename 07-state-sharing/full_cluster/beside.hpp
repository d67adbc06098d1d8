// Tasks that run beside the one that counts.
#pragma once

#include <exception>
#include <functional>

#include "support/asio.hpp"

namespace full_cluster {

/// Runs `task` in an expression like `main || beside(task, failed)`: its end does not end `main`,
/// and its failure is told. (The operator || would keep an exception for itself.) Completes when it
/// is cancelled; what a cancelled task throws is no failure.
[[nodiscard]] inline asio::awaitable<void> beside(asio::awaitable<void> task,
                                                  std::function<void(std::exception_ptr)> failed) {
    std::exception_ptr error;
    try {
        co_await std::move(task);
    } catch (...) {
        error = std::current_exception();
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return;
    if (error) failed(error);
    asio::steady_timer never(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    co_await never.async_wait(support::as_result);
}

}  // namespace full_cluster
