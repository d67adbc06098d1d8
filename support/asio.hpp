// The narrow slice of Boost.Asio that the workshop uses, under one short name, and the bridge
// between its errors and the standard's. Asio's own code is compiled once, in asio.cpp.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <optional>
#include <string_view>
#include <system_error>

#include "support/unique_fd.hpp"

namespace asio = boost::asio;

namespace support {

/// Completion token: `auto [ec, n] = co_await stream.async_read_some(buffer, as_result);`. No
/// exception of Asio's own type can come out of such an await.
inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// Completion token for co_spawn: an exception out of the coroutine comes out of io_context::run(),
/// like one out of any other handler. (asio::detached drops it.)
struct rethrowing {
    void operator()(std::exception_ptr error) const {
        if (error) std::rethrow_exception(error);
    }
};
inline constexpr rethrowing rethrow;

/// Throws Asio's error as std::system_error, the one type that callers catch; "what" names the
/// operation. (In Boost 1.81 boost::system::system_error is not yet a std::system_error.)
inline void check(std::string_view what, const boost::system::error_code& error) {
    if (error) throw std::system_error(std::error_code(error), std::string(what));
}

/// Puts a descriptor into the care of the event loop, which can then wait for it. On failure it
/// stays in `fd`.
///
/// Other processes may hold the same open file: Asio takes ours out of its epoll set before it
/// closes it, or epoll would go on reporting what we no longer have.
/// @throws std::system_error "watch" EMFILE, ENFILE, ENOMEM, ENOSPC (all from epoll)
[[nodiscard]] asio::posix::stream_descriptor watch(const asio::any_io_executor& executor,
                                                   unique_fd& fd);

/// Runs an awaitable to its end on an io_context of its own: the synchronous form of everything
/// here.
/// @throws what the awaitable threw
void run(asio::awaitable<void> operation);

/// The same for an awaitable with a result.
/// @return what the awaitable returned
template <class Result>
Result run(asio::awaitable<Result> operation) {
    std::optional<Result> result;
    auto keep = [](asio::awaitable<Result> inner,
                   std::optional<Result>& kept) -> asio::awaitable<void> {
        kept.emplace(co_await std::move(inner));
    };
    run(keep(std::move(operation), result));
    return std::move(*result);
}

/// The main function of a program: runs `body`, and stops cleanly on SIGINT, SIGTERM or SIGQUIT.
///
/// A signal destroys the coroutines where they wait, so that whatever they own (children, sockets,
/// files) is given back by its destructors. An exception ends the program with "error: …" on
/// stderr.
/// @return the exit code: what `body` returned, 0 after a signal, 1 after an exception
int run_program(const std::function<asio::awaitable<int>()>& body);

/// Waits for SIGINT, SIGTERM or SIGQUIT and returns its number. For programs that end in steps of
/// their own: from the first wait on run_program leaves the signals to it. One that comes while
/// nobody waits is kept for the next wait, so that none is lost between two; if that does not come
/// within a second, run_program ends the program.
/// @throws std::logic_error outside of run_program
/// @lifetime one wait at a time; it must not outlive run_program
[[nodiscard]] asio::awaitable<int> until_signal();

}  // namespace support
