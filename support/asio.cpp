#include "support/asio.hpp"

#include <csignal>
#include <deque>
#include <iostream>
#include <stdexcept>

#include <boost/asio/impl/src.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>

#include "support/async_condition.hpp"

namespace support {
namespace {

// The signals that end a program, from the one place that listens for them. A program that wants to
// end in steps of its own waits in until_signal(); a signal that comes between two waits is kept
// for the next one, but not for long.
class end_signals {
  public:
    explicit end_signals(asio::io_context& io)
        : io_(io),
          signals_(io, SIGINT, SIGTERM, SIGQUIT),
          arrived_(io.get_executor()),
          patience_(io) {
        current = this;
        listen();
    }
    end_signals(const end_signals&) = delete;
    end_signals& operator=(const end_signals&) = delete;
    ~end_signals() { current = nullptr; }

    asio::awaitable<int> next() {
        answers_ = true;
        while (kept_.empty()) co_await arrived_.wait();
        const int number = kept_.front();
        kept_.pop_front();
        co_return number;
    }

    static inline end_signals* current = nullptr;

  private:
    void listen() {
        signals_.async_wait([this](const boost::system::error_code& error, int number) {
            if (error) return;
            if (!answers_) return io_.stop();
            kept_.push_back(number);
            arrived_.notify_all();
            stop_unless_answered();
            listen();
        });
    }

    void stop_unless_answered() {
        patience_.expires_after(std::chrono::seconds(1));
        patience_.async_wait([this](const boost::system::error_code& error) {
            if (!error && !kept_.empty()) io_.stop();
        });
    }

    asio::io_context& io_;
    asio::signal_set signals_;
    async_condition arrived_;
    asio::steady_timer patience_;
    std::deque<int> kept_;
    bool answers_ = false;  // there has been a wait
};

}  // namespace

asio::posix::stream_descriptor watch(const asio::any_io_executor& executor, unique_fd& fd) try {
    asio::posix::stream_descriptor result(executor, fd.get());
    static_cast<void>(fd.release());
    return result;
} catch (const boost::system::system_error& error) {
    throw std::system_error(std::error_code(error.code()), "watch");
}

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
