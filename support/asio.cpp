#include "support/asio.hpp"

#include <csignal>
#include <iostream>

#include <boost/asio/impl/src.hpp>
#include <boost/asio/signal_set.hpp>

namespace support {
namespace {

int programs_own_waits = 0;  // how many until_signal() are waiting

}  // namespace

void run(asio::awaitable<void> operation) {
    asio::io_context io(1);
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(operation), [&](std::exception_ptr error) {
        failure = error;
        io.stop();
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
}

int run_program(const std::function<asio::awaitable<int>()>& body) try {
    std::exception_ptr failure;
    int code = 0;
    {
        // A scope of its own: leaving it destroys the coroutines that still wait, before the exit
        // code is returned.
        asio::io_context io(1);
        asio::signal_set signals(io, SIGINT, SIGTERM, SIGQUIT);
        std::function<void()> arm = [&] {
            signals.async_wait([&](const boost::system::error_code& error, int) {
                if (error) return;
                if (programs_own_waits > 0) return arm();
                io.stop();
            });
        };
        arm();
        asio::co_spawn(io, body(), [&](std::exception_ptr error, int value) {
            failure = error;
            code = value;
            io.stop();
        });
        io.run();
    }
    if (failure) std::rethrow_exception(failure);
    return code;
} catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
    return 1;
}

asio::awaitable<int> until_signal() {
    struct counted {
        counted() { ++programs_own_waits; }
        ~counted() { --programs_own_waits; }
    } waiting;
    asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM, SIGQUIT);
    auto [error, number] = co_await signals.async_wait(as_result);
    check("signal_set", error);
    co_return number;
}

}  // namespace support
