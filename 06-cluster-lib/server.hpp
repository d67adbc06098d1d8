// A listening server, and the connections that it accepts.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "06-cluster-lib/listen_options.hpp"
#include "support/asio.hpp"
#include "support/unique_fd.hpp"

namespace net {

class server_core;
class ticket;

/// An accepted connection, TCP or unix. It counts as open until it is destroyed: a worker that
/// leaves waits for that.
class connection {
  public:
    connection(const asio::any_io_executor& executor, support::unique_fd fd, ticket counted);
    connection(connection&&) noexcept;
    connection& operator=(connection&&) noexcept;
    ~connection();

    /// The stream to read from and write to, with all of Asio's operations.
    [[nodiscard]] asio::generic::stream_protocol::socket& socket();
    /// The descriptor, borrowed.
    [[nodiscard]] int fd() const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Listens, alone or together with the other workers of a cluster; from net::listen or
/// cluster::this_worker::listen.
///
///     while (auto connection = co_await server.accept()) …
///
/// @lifetime the io_context must outlive it. Destroying it closes it.
class server {
  public:
    explicit server(std::unique_ptr<server_core> core);
    server(server&&) noexcept;
    server& operator=(server&&) noexcept;
    ~server();

    /// The next connection. Empty when there will be no other: close() was called, or the process
    /// shall end (its primary says so, or has gone; SIGTERM; alone also SIGINT). What had been
    /// accepted by then comes before that.
    /// @throws  std::system_error "accept4" if the socket is not a listening one
    /// @lifetime one wait at a time; the server must outlive it
    /// @cancel  safe
    [[nodiscard]] asio::awaitable<std::optional<connection>> accept();

    /// Accepts no more. A worker tells its primary, which gives the port back after the last one.
    void close();
    [[nodiscard]] bool is_open() const;
    /// Waits until accept() would be empty; at once if it is.
    /// @cancel safe
    [[nodiscard]] asio::awaitable<void> until_closed();

    /// The real port; 0 for a unix socket.
    [[nodiscard]] std::uint16_t port() const;
    /// How many of its connections are open.
    [[nodiscard]] std::size_t connections() const;

    /// For those who take connections in another way, such as serve_http.
    [[nodiscard]] server_core& core() { return *core_; }

  private:
    std::unique_ptr<server_core> core_;
};

}  // namespace net
