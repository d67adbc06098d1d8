#include "support/http_core.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>

#include "support/http_connection.hpp"
#include "support/log.hpp"
#include "support/syscall.hpp"

namespace support {
namespace {

asio::posix::stream_descriptor make_ready_set(const asio::any_io_executor& executor) {
    unique_fd set(check("epoll_create1", ::epoll_create1(EPOLL_CLOEXEC)));
    return watch(executor, set);
}

asio::awaitable<void> accept_all(weak_ref<http_core> core, acceptor& source) {
    // When the core goes, so does the acceptor, and accept() says that there are no more.
    while (std::optional<unique_fd> connection = co_await source.accept()) {
        core->serve(std::move(*connection));
        if (!core) co_return;
    }
}

void log_error(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& what) {
        log() << "request failed: " << what.what();
    } catch (...) {
        log() << "request failed";
    }
}

}  // namespace

http_core::http_core(const asio::any_io_executor& executor, http_handler handler,
                     const http_limits& limits)
    : executor_(executor),
      limits_(limits),
      handler_(std::move(handler)),
      ready_set_(make_ready_set(executor)),
      timer_(executor),
      drained_(executor),
      writer_(limits.keep_alive) {}

http_core::~http_core() {
    free_ended();
}

void http_core::shut() {
    shut_ = true;
    const in_turn guard(*this);
    stop_listening();
    for (http_wait_list& each : waits_) {
        while (http_waiter* waiter = each.front()) static_cast<http_connection*>(waiter)->end();
    }
    drained_.notify_all();
}

void http_core::listen(unique_fd listening) {
    acceptors_.emplace_back(executor_, std::move(listening));
    asio::co_spawn(executor_, accept_all(ref(), acceptors_.back()),
                   [core = ref()](std::exception_ptr error) {
                       if (error && core) core->turn([&] { core->report(error); });
                   });
}

void http_core::stop_listening() {
    for (acceptor& each : acceptors_) each.close();
}

void http_core::serve(unique_fd fd) {
    // Within a turn the shared buffers are in use, so that this connection must wait for one of its
    // own.
    const bool at_once = depth_ == 0;
    turn([&] {
        auto* connection = new http_connection(*this, std::move(fd));
        ++connections_;
        for (const auto& listener : begin_listeners_) listener();
        wait(*connection, http_wait::head);
        connection->start(at_once);
        await_ready();
    });
}

void http_core::start_drain() {
    turn([&] {
        if (!std::exchange(draining_, true)) accept_waiting();
        stop_listening();
        shorten_waits();
    });
}

// Clients that the kernel has connected for us would be reset with the listening socket.
void http_core::accept_waiting() {
    for (acceptor& each : acceptors_) {
        for (int i = 0; i < default_backlog && each.fd() >= 0; ++i) {
            unique_fd connection = each.accept_now();
            if (!connection) break;
            serve(std::move(connection));
        }
    }
}

void http_core::begin_turn() {
    now_ = std::chrono::steady_clock::now();
    writer_.set_time(std::time(nullptr));
}

void http_core::end_turn() {
    // A listener may do anything: begin a drain, serve a connection, destroy the server.
    while (!shut_ && (!ended_.empty() || !errors_.empty())) {
        free_ended();
        tell_errors();
    }
    if (!draining_ || connections_ > 0 || shut_) return;
    drained_.notify_all();
    // Nothing is left to wait for, and nothing of ours shall keep the event loop from ending.
    timer_.cancel();
    armed_for_ = http_waiter::time_point::max();
    ready_set_.cancel();
}

void http_core::free_ended() {
    std::size_t count = 0;
    while (http_waiter* waiter = ended_.front()) {
        delete static_cast<http_connection*>(waiter);
        ++count;
    }
    for (; count > 0 && !shut_; --count) {
        for (const auto& listener : end_listeners_) {
            if (!shut_) listener();
        }
    }
}

void http_core::tell_errors() {
    const std::vector<std::exception_ptr> errors = std::exchange(errors_, {});
    for (const std::exception_ptr& error : errors) {
        if (error_listeners_.empty()) log_error(error);
        for (const auto& listener : error_listeners_) {
            if (!shut_) listener(error);
        }
    }
}

bool http_core::watch(int operation, int fd, std::uint32_t events, http_connection* connection) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = connection;
    return ::epoll_ctl(ready_set_.native_handle(), operation, fd, &event) == 0;
}

void http_core::await_ready() {
    if (awaiting_ready_ || connections_ == 0 || shut_) return;
    awaiting_ready_ = true;
    ready_set_.async_wait(asio::posix::stream_descriptor::wait_read,
                          [core = ref()](const boost::system::error_code&) {
                              if (core) core->on_ready();
                          });
}

void http_core::on_ready() {
    awaiting_ready_ = false;
    turn([this] {
        // As many as a turn should take before other work of the event loop; what is left makes the
        // set ready again.
        std::array<epoll_event, 64> events;
        const int count = ::epoll_wait(ready_set_.native_handle(), events.data(), events.size(), 0);
        for (int i = 0; i < count && !shut_; ++i) {
            static_cast<http_connection*>(events[i].data.ptr)->on_event(events[i].events);
        }
        await_ready();
    });
}

ssize_t http_core::read(int fd) {
    return retry([&] { return ::recv(fd, input_.data(), input_.size(), MSG_DONTWAIT); });
}

void http_core::ended(http_connection& connection) {
    ended_.append(connection);
    --connections_;
}

}  // namespace support
