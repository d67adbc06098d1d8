// What the grading cases of stage 06 share: a stage for those who outlive a check's coroutine, and
// words for what was seen.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <string>

#include "support/asio.hpp"
#include "support/async_condition.hpp"
#include "support/timeout.hpp"
#include "tests/catch.hpp"

namespace kit_06 {

using namespace std::chrono_literals;

/// How long anything may take that a right solution does at once.
inline constexpr std::chrono::seconds soon{4};

/// Fails the check, and goes on with it, unless what was seen is what was promised.
inline void expect(const std::string& situation, const std::string& seen,
                   const std::string& promised) {
    if (seen != promised) {
        FAIL_CHECK(situation << "; observed: " << seen << "; promised: " << promised);
    }
}

/// Waits until `done`, which is asked again after each of `news`.
/// @return whether it came
inline asio::awaitable<bool> comes_soon(support::async_condition& news,
                                        const std::function<bool()>& done) {
    const auto wait = [&]() -> asio::awaitable<void> {
        while (!done()) co_await news.wait();
    };
    co_return co_await support::with_timeout(wait(), soon);
}

/// Runs a check with an `Actor` that lives until the event loop has stopped, so that nothing which
/// still waits wakes up without it.
template <class Actor, class... Words>
void on_stage(const std::function<asio::awaitable<void>(Actor&)>& body, Words... words) {
    asio::io_context io(1);
    Actor actor(io.get_executor(), words...);
    std::exception_ptr failure;
    bool in_time = false;
    const auto whole = [&]() -> asio::awaitable<void> {
        in_time = co_await support::with_timeout(body(actor), 4 * soon);
    };
    asio::co_spawn(io, whole(), [&](std::exception_ptr error) {
        failure = error;
        io.stop();
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    if (!in_time) FAIL("observed: the check was not done after " << (4 * soon).count() << " s");
}

}  // namespace kit_06
