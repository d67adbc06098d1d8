#include "support/asio.hpp"

#include <csignal>
#include <iostream>
#include <stdexcept>

#include <boost/asio/impl/src.hpp>
#include <boost/asio/signal_set.hpp>

#include "support/async_condition.hpp"

namespace support {
namespace {

// The signals that end a program, from the one place that listens for them. A program that wants to
// end in steps of its own waits in until_signal(); as long as it does, a signal is its to answer.
class end_signals {
  public:
    explicit end_signals(asio::io_context& io)
        : io_(io), signals_(io, SIGINT, SIGTERM, SIGQUIT), arrived_(io.get_executor()) {
        current = this;
        listen();
    }
    end_signals(const end_signals&) = delete;
    end_signals& operator=(const end_signals&) = delete;
    ~end_signals() { current = nullptr; }

    asio::awaitable<int> next() {
        // A waiter that is cancelled, or destroyed with its io_context, waits no more either.
        struct waiting {
            waiting() { ++current->waiting_; }
            ~waiting() {
                if (current != nullptr) --current->waiting_;
            }
        } const guard;
        const std::size_t before = count_;
        while (count_ == before) co_await arrived_.wait();
        co_return number_;
    }

    static inline end_signals* current = nullptr;

  private:
    void listen() {
        signals_.async_wait([this](const boost::system::error_code& error, int number) {
            if (error) return;
            if (waiting_ == 0) return io_.stop();
            number_ = number;
            ++count_;
            arrived_.notify_all();
            listen();
        });
    }

    asio::io_context& io_;
    asio::signal_set signals_;
    async_condition arrived_;
    int waiting_ = 0;
    int number_ = 0;
    std::size_t count_ = 0;
};

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
        const end_signals signals(io);
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
    if (end_signals::current == nullptr)
        throw std::logic_error("until_signal() needs run_program()");
    co_return co_await end_signals::current->next();
}

}  // namespace support
