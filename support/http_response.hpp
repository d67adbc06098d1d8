// An answer as the handler writes it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "support/asio.hpp"
#include "support/unique_fd.hpp"

namespace support {

/// What is sent back for one request.
///
/// Content-Length, Date, Connection and Keep-Alive are the server's; so is leaving the body out
/// where there must be none (HEAD, 204, 304).
class http_response {
  public:
    int status = 200;
    std::string body;
    /// Closes the connection after this answer.
    bool close = false;

    /// Sets the body, as plain text, and the status.
    void text(std::string_view content, int code = 200) { send("", content, code); }
    /// Sets the body with its type, such as "application/json", and the status. No type means plain
    /// text in UTF-8.
    /// @throws std::invalid_argument as header()
    void send(std::string_view type, std::string_view content, int code = 200);
    /// Adds a header field.
    /// @throws std::invalid_argument if it would break the head: a line end in it, or a name that
    ///         is no token
    void header(std::string_view name, std::string_view value);

    /// "Content-Type: …\r\n", or empty for plain text.
    [[nodiscard]] const std::string& type_line() const { return type_line_; }
    /// All added fields, each as "Name: value\r\n".
    [[nodiscard]] const std::string& field_lines() const { return field_lines_; }

  private:
    friend class http_reply;
    std::string type_line_;
    std::string field_lines_;
};

/// The answer that a handler is asked for: written at once, promised, or left to somebody else.
class http_reply : public http_response {
  public:
    /// The answer comes from a coroutine; what was written here before is not sent. Until it is
    /// done the connection's next requests wait; other connections do not.
    ///
    /// An exception out of the coroutine is one out of the handler. When the connection or the
    /// server is gone by then, the answer is dropped.
    /// @lifetime  the request is gone when the coroutine first waits: give it request.copy()
    void later(asio::awaitable<http_response> answer) { later_.emplace(std::move(answer)); }

    /// Gives the connection away, once the handler has returned: `taker` says whatever there is to
    /// say on it, and the server forgets it. It is no longer counted, and drain() does not wait.
    ///
    /// Nothing of this reply is sent, and what the client sent behind the request is dropped. A
    /// client that has not taken its earlier answers by then gets 503 instead, one that has gone
    /// nothing: then `taker` is not called. An exception out of it is one out of the handler, but
    /// nobody is left to be answered.
    void hand_over(std::function<void(unique_fd connection)> taker) { taker_ = std::move(taker); }

  private:
    friend class http_connection;
    void clear();  // keeps the memory, for the next request
    std::optional<asio::awaitable<http_response>> later_;
    std::function<void(unique_fd)> taker_;
};

}  // namespace support
