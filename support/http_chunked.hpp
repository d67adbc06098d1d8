// The body of a request that comes in chunks, put together.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "support/http_limits.hpp"

namespace support {

/// Takes a chunked body as it comes.
class http_chunked {
  public:
    /// @param head  the head of the request, which is kept until the body is whole
    http_chunked(std::string_view head, const http_limits& limits);
    ~http_chunked();
    http_chunked(const http_chunked&) = delete;
    http_chunked& operator=(const http_chunked&) = delete;

    struct result {
        std::size_t used = 0;  ///< bytes of the input that are done with
        int status = 0;  ///< what to refuse the request with: 400, 413, 431 (an endless chunk line
                         ///< or trailer)
    };
    /// @param input  what came behind the bytes used so far
    result take(std::string_view input);

    [[nodiscard]] bool done() const;
    [[nodiscard]] const std::string& head() const { return head_; }
    [[nodiscard]] const std::string& body() const { return body_; }

  private:
    struct decoder;
    std::string head_;
    std::string body_;
    std::size_t longest_line_;
    std::unique_ptr<decoder> decoder_;
};

}  // namespace support
