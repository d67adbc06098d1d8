// Letting the event loop turn while a test waits for what it cannot await.
#pragma once

#include <boost/asio/post.hpp>
#include <functional>

#include "support/asio.hpp"

namespace tests {

/// Lets everything that is ready now run.
inline asio::awaitable<void> settle() {
    constexpr int rounds = 50;
    const auto executor = co_await asio::this_coro::executor;
    for (int round = 0; round < rounds; ++round) co_await asio::post(executor, asio::use_awaitable);
}

/// Waits until `done` is true; tests::run bounds how long.
inline asio::awaitable<void> until(const std::function<bool()>& done) {
    const auto executor = co_await asio::this_coro::executor;
    while (!done()) co_await asio::post(executor, asio::use_awaitable);
}

}  // namespace tests
