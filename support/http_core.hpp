// What all connections of one http_server share: readiness, deadlines, buffers, the program's
// handler and listeners.
#pragma once

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "support/async_condition.hpp"
#include "support/http_server.hpp"
#include "support/http_waits.hpp"
#include "support/http_writer.hpp"
#include "support/sockets.hpp"
#include "support/weak_ref.hpp"

namespace support {

class http_connection;

/// The inside of an http_server.
///
/// Connections are watched by an epoll set of our own, and Asio watches that set. Asio could watch
/// each connection; but then each waits with a read buffer of its own, and each request costs one
/// more system call. This way a request costs recv and send, an idle connection costs its few
/// hundred bytes, and a batch of ready connections shares one epoll_wait and these buffers.
class http_core {
  public:
    http_core(const asio::any_io_executor& executor, http_handler handler,
              const http_limits& limits);
    http_core(const http_core&) = delete;
    http_core& operator=(const http_core&) = delete;

    /// Closes everything now, and frees it: now, or when the handler that asked for it has
    /// returned.
    void shut();

    void listen(unique_fd listening);
    void stop_listening();
    void serve(unique_fd fd);
    void start_drain();
    void on_error(std::function<void(std::exception_ptr)> listener) {
        error_listeners_.push_back(std::move(listener));
    }
    void on_connection_begin(std::function<void()> listener) {
        begin_listeners_.push_back(std::move(listener));
    }
    void on_connection_end(std::function<void()> listener) {
        end_listeners_.push_back(std::move(listener));
    }
    [[nodiscard]] std::size_t connections() const { return connections_; }
    [[nodiscard]] std::uint64_t requests() const { return requests_; }
    [[nodiscard]] bool draining() const { return draining_; }
    [[nodiscard]] async_condition& drained() { return drained_; }
    [[nodiscard]] weak_ref<http_core> ref() { return weak_ref<http_core>(anchor_); }

    // For its connections.

    /// Runs `work`, which may run the program's code; afterwards ended connections are freed and
    /// listeners told. All work that comes from the event loop goes through here. The core may be
    /// gone when it returns.
    template <class Work>
    void turn(Work work);

    [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
    [[nodiscard]] const http_limits& limits() const { return limits_; }
    [[nodiscard]] const http_writer& writer() const { return writer_; }
    /// Reads what has come on a socket into input(). @return as recv(2)
    [[nodiscard]] ssize_t read(int fd);
    static constexpr ssize_t input_size = 64 * 1024;
    [[nodiscard]] const char* input() const { return input_.data(); }
    /// Answers that have not been sent; empty whenever a connection's turn ends.
    [[nodiscard]] std::string& output() { return output_; }
    [[nodiscard]] http_request& request() { return request_; }
    /// Asks the program.
    void handle(const http_request& request, http_reply& reply) {
        ++requests_;
        handler_(request, reply);
    }
    [[nodiscard]] http_reply& reply() { return reply_; }
    /// Watches for `events` (epoll's) of a connection. `operation` is epoll_ctl's. @return whether
    /// that worked
    [[nodiscard]] bool watch(int operation, int fd, std::uint32_t events,
                             http_connection* connection);
    void wait(http_connection& connection, http_wait kind);
    void report(std::exception_ptr error) { errors_.push_back(std::move(error)); }
    void ended(http_connection& connection);

  private:
    struct in_turn {
        explicit in_turn(http_core& core) : core_(core) { ++core_.depth_; }
        in_turn(const in_turn&) = delete;
        in_turn& operator=(const in_turn&) = delete;
        ~in_turn() {
            if (--core_.depth_ == 0 && core_.shut_) delete &core_;
        }
        http_core& core_;
    };

    ~http_core();
    void accept_waiting();
    void shorten_waits();
    void begin_turn();
    void end_turn();
    void free_ended();
    void tell_errors();
    void await_ready();
    void on_ready();
    void arm(http_waiter::time_point when);
    void on_timer();
    void expire(http_wait kind);
    [[nodiscard]] std::chrono::milliseconds limit_of(http_wait kind) const;
    [[nodiscard]] http_wait_list& list(http_wait kind) {
        return waits_[static_cast<std::size_t>(kind)];
    }

    asio::any_io_executor executor_;
    http_limits limits_;
    http_handler handler_;
    std::list<std::function<void(std::exception_ptr)>> error_listeners_;
    std::list<std::function<void()>> begin_listeners_;
    std::list<std::function<void()>> end_listeners_;

    asio::posix::stream_descriptor ready_set_;  // the epoll set
    bool awaiting_ready_ = false;
    asio::steady_timer timer_;
    http_waiter::time_point armed_for_ = http_waiter::time_point::max();
    http_waiter::time_point now_;
    async_condition drained_;
    std::list<acceptor> acceptors_;

    // A connection is always in one of these lists; that is how the core owns it.
    std::array<http_wait_list, http_wait_kinds> waits_;
    http_wait_list ended_;
    std::vector<std::exception_ptr> errors_;
    std::size_t connections_ = 0;
    std::uint64_t requests_ = 0;
    int depth_ = 0;  // of turns within turns
    bool draining_ = false;
    bool shut_ = false;

    http_writer writer_;
    http_request request_;
    http_reply reply_;
    std::string output_;
    std::array<char, input_size> input_;
    weak_anchor<http_core> anchor_{this};
};

template <class Work>
void http_core::turn(Work work) {
    const in_turn guard(*this);
    if (depth_ == 1) begin_turn();
    work();
    if (depth_ == 1) end_turn();
}

}  // namespace support
