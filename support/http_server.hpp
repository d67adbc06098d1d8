// An HTTP/1.1 server for one process and one event loop.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

#include "support/asio.hpp"
#include "support/http_limits.hpp"
#include "support/http_request.hpp"
#include "support/http_response.hpp"
#include "support/unique_fd.hpp"

namespace support {

class http_core;

/// Answers one request: at once, by writing the reply, or with reply.later(coroutine).
///
/// An exception out of it is told to on_error(); its client gets 500 and the connection closes.
using http_handler = std::function<void(const http_request&, http_reply&)>;

/// Answers HTTP on connections that it accepts, or that it is given.
///
///     auto site = [](const support::http_request& request, support::http_reply& reply) {
///         if (request.path() == "/slow") return reply.later(slow(request.copy()));
///         reply.text("hello\n");
///     };
///     support::http_server server(io, site);
///     server.listen(support::listen_tcp("0.0.0.0", 8000));
///     co_await support::until_signal();
///     co_await server.drain();
///
/// Requests that a client sends without waiting for the answers are answered in order.
/// @lifetime  may be destroyed at any time, by its own handler too: connections are closed at once,
///         promised answers are dropped. The io_context of `executor` must outlive it.
class http_server {
  public:
    /// @param executor  of an io_context that one thread runs
    http_server(const asio::any_io_executor& executor, http_handler handler,
                http_limits limits = {});
    http_server(asio::io_context& io, http_handler handler, http_limits limits = {})
        : http_server(io.get_executor(), std::move(handler), limits) {}
    ~http_server();
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;

    /// Accepts connections from `listening`, a TCP or unix socket. May be called for several.
    /// @throws std::system_error "listen" EINVAL if the socket does not listen
    void listen(unique_fd listening);

    /// Gives our copies of the listening sockets up; connections go on. Other processes with copies
    /// go on accepting.
    void stop_listening();

    /// Answers on `connection`, a TCP or unix stream socket; beside listen() or instead of it.
    ///
    /// What has come on it is read now, so that the handler may run before this returns.
    void serve(unique_fd connection);

    /// Stops listening, finishes what has been asked, and waits for the last connection to end.
    ///
    /// An answer in the making says `Connection: close`. An idle connection stays a while
    /// (drain_idle), since a request may be on its way, which is answered and is the last. So no
    /// request is lost.
    /// @cancel  safe: draining goes on
    [[nodiscard]] asio::awaitable<void> drain();

    /// How many connections are open now.
    [[nodiscard]] std::size_t connections() const;
    /// How many requests have been given to the handler.
    [[nodiscard]] std::uint64_t requests() const;

    /// Tells of each exception out of the handler, after its client was sent the 500. Without a
    /// listener it is logged.
    void on_error(std::function<void(std::exception_ptr)> listener);
    /// Tells that a connection has begun, before a byte of it is read; it is counted by then. The
    /// listener looks, and leaves the server alone.
    void on_connection_begin(std::function<void()> listener);
    /// Tells that a connection has ended, for whatever reason; it is no longer counted by then.
    void on_connection_end(std::function<void()> listener);

  private:
    std::unique_ptr<http_core, void (*)(http_core*)> core_;
};

}  // namespace support
