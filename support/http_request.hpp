// A request as the handler sees it: views into the bytes that came, nothing copied.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// One HTTP request.
///
/// @lifetime  good until the handler returns; whoever needs it longer (a coroutine) takes a copy()
class http_request {
  public:
    struct field {
        std::string_view name;
        std::string_view value;
    };

    /// As the client wrote it: "GET", "POST", or a method we have never heard of.
    [[nodiscard]] std::string_view method() const { return method_; }
    /// As the client wrote it: "/slow?ms=5", "http://example.org/slow?ms=5", "*".
    [[nodiscard]] std::string_view target() const { return target_; }
    /// The target without scheme, host and query, still percent-encoded: "/slow".
    [[nodiscard]] std::string_view path() const;
    /// The decoded value of the first query parameter `name`; empty text for `?name`, nothing if it
    /// is absent.
    [[nodiscard]] std::optional<std::string> query(std::string_view name) const;
    /// The value of the first header field `name`, in whatever case it is written; empty if it is
    /// absent.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    [[nodiscard]] const std::vector<field>& headers() const { return fields_; }
    [[nodiscard]] std::string_view body() const { return body_; }
    /// 10 for HTTP/1.0, 11 for HTTP/1.1.
    [[nodiscard]] int version() const { return version_; }
    /// Whether the client wants the connection to stay open.
    [[nodiscard]] bool keep_alive() const { return keep_alive_; }

    /// The same request, on memory of its own.
    [[nodiscard]] http_request copy() const;

  private:
    friend class http_head_parser;
    friend class http_connection;

    std::string_view method_;
    std::string_view target_;
    std::string_view body_;
    std::vector<field> fields_;
    int version_ = 11;
    bool keep_alive_ = true;
    std::unique_ptr<char[]> memory_;  // of a copy
};

}  // namespace support
