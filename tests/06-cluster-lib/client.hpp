// Clients of the servers under test, on the test's own event loop.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "support/asio.hpp"

namespace tests {

/// A connection, TCP or unix.
class client {
  public:
    using endpoint = asio::generic::stream_protocol::endpoint;

    explicit client(const asio::any_io_executor& executor) : socket_(executor) {}

    /// Connects; the error, if any.
    asio::awaitable<std::error_code> connect(endpoint where);
    /// The next line, without its end; nothing at the connection's end.
    asio::awaitable<std::optional<std::string>> line();
    asio::awaitable<void> say(std::string text);
    void close() { socket_.close(); }

  private:
    asio::generic::stream_protocol::socket socket_;
    std::string rest_;
};

[[nodiscard]] client::endpoint at_ip(const std::string& address, int port);
[[nodiscard]] client::endpoint at_path(const std::string& path);

/// The first line that a server says to a connection of its own; "error …" if it cannot be made,
/// and "nothing" if it is cut.
asio::awaitable<std::string> greeting(client::endpoint where);

/// Sends a datagram from a socket of its own; the answer.
asio::awaitable<std::string> datagram_answer(std::string address, int port);

}  // namespace tests
