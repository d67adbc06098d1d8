// An end for any awaitable, such as a time limit (Boost 1.81 has no cancel_after yet). Included
// only where it is used: the operators are heavy to compile.
#pragma once

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <exception>
#include <optional>

#include "support/asio.hpp"

namespace support {

/// Waits for `operation`, at most until `end` completes; then the operation is cancelled.
/// @param end  does not throw
/// @return  the operation's result, or nothing when the end came first
/// @throws  what the operation throws
/// @cancel  as the operation
template <class Result>
asio::awaitable<std::optional<Result>> with_end(asio::awaitable<Result> operation,
                                                asio::awaitable<void> end) {
    using namespace asio::experimental::awaitable_operators;
    // The operator || takes an exception for "not finished yet" and goes on waiting for the end,
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
    auto first = co_await (guarded(std::move(operation)) || std::move(end));
    if (first.index() != 0) co_return std::nullopt;
    outcome& done = std::get<0>(first);
    if (done.failure) std::rethrow_exception(done.failure);
    co_return std::move(done.value);
}

/// The same without a result: true when the operation was done before the end.
inline asio::awaitable<bool> with_end(asio::awaitable<void> operation, asio::awaitable<void> end) {
    auto valued = [](asio::awaitable<void> inner) -> asio::awaitable<bool> {
        co_await std::move(inner);
        co_return true;
    };
    co_return (co_await with_end(valued(std::move(operation)), std::move(end))).has_value();
}

/// Waits for a time.
inline asio::awaitable<void> pause(std::chrono::nanoseconds length) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(length));
    co_await timer.async_wait(as_result);
}

/// Waits for `operation`, at most for `limit`; past it the operation is cancelled.
/// @return  the operation's result, or nothing when the time was up first; without a result: true
///         when the operation was done in time
/// @throws  what the operation throws
/// @cancel  as the operation
template <class Result>
auto with_timeout(asio::awaitable<Result> operation, std::chrono::nanoseconds limit) {
    return with_end(std::move(operation), pause(limit));
}

}  // namespace support
