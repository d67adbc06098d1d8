// A time limit for any awaitable (Boost 1.81 has no cancel_after yet). Included only where it is
// used: the operators are heavy to compile.
#pragma once

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <exception>
#include <optional>

#include "support/asio.hpp"

namespace support {

/// Waits for `operation`, at most for `limit`; past it the operation is cancelled.
/// @return  the operation's result, or nothing when the time was up first
/// @throws  what the operation throws
/// @cancel  as the operation
template <class Result>
asio::awaitable<std::optional<Result>> with_timeout(asio::awaitable<Result> operation,
                                                    std::chrono::nanoseconds limit) {
    using namespace asio::experimental::awaitable_operators;
    // The operator || takes an exception for "not finished yet" and goes on waiting for the timer,
    // so that an exception has to travel as a value.
    struct outcome {
        std::optional<Result> value;
        std::exception_ptr failure;
    };
    auto guarded = [](asio::awaitable<Result> inner) -> asio::awaitable<outcome> {
        outcome result;
        try {
            result.value.emplace(co_await std::move(inner));
        } catch (...) {
            result.failure = std::current_exception();
        }
        co_return result;
    };
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(limit));
    auto first = co_await (guarded(std::move(operation)) || timer.async_wait(as_result));
    if (first.index() != 0) co_return std::nullopt;
    outcome& done = std::get<0>(first);
    if (done.failure) std::rethrow_exception(done.failure);
    co_return std::move(done.value);
}

/// The same without a result: true when the operation was done in time.
inline asio::awaitable<bool> with_timeout(asio::awaitable<void> operation,
                                          std::chrono::nanoseconds limit) {
    auto valued = [](asio::awaitable<void> inner) -> asio::awaitable<bool> {
        co_await std::move(inner);
        co_return true;
    };
    co_return (co_await with_timeout(valued(std::move(operation)), limit)).has_value();
}

}  // namespace support
