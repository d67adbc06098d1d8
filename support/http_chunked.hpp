// The body of a request that comes in chunks, put together.
#pragma once

#include <string>
#include <string_view>

#include "support/http_limits.hpp"

namespace support {

/// Takes a chunked body as it comes.
///
/// It is stricter than what it reads about: extensions and trailers are looked at only to find
/// their end, which is CR LF and nothing else. A reader that lets a bare LF pass there ends the
/// line, and with it the request, elsewhere than a proxy in front of it.
/// @source  RFC 9112, 7.1
class http_chunked {
  public:
    /// @param head  the head of the request, which is kept until the body is whole
    http_chunked(std::string_view head, const http_limits& limits);

    struct result {
        std::size_t used = 0;  ///< bytes of the input that are done with; all, unless it is done()
        int status = 0;        ///< what to refuse the request with: 400, 413, 431 (extensions and
                               ///< trailers of more than the limit of a head)
    };
    /// @param input  what came behind the bytes used so far
    result take(std::string_view input);

    [[nodiscard]] bool done() const { return state_ == state::done; }
    [[nodiscard]] const std::string& head() const { return head_; }
    [[nodiscard]] const std::string& body() const { return body_; }

  private:
    // What comes next.
    enum class state {
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer,  // or the CR LF that ends it all
        trailer_name,
        trailer_value,
        trailer_lf,
        end_lf,
        done,
    };

    std::size_t take_data(std::string_view input);
    int take_byte(char c);
    int take_size(char c);
    int take_text(char c, state at_end);
    int take_trailer_name(char c);
    int expect(char c, char wanted, state next);

    std::string head_;
    std::string body_;
    std::size_t longest_body_;
    std::size_t longest_text_;  // of all extensions and trailers together
    state state_ = state::size;
    std::size_t size_ = 0;  // of the present chunk; what is still to come of it
    int digits_ = 0;        // of that size
    std::size_t text_ = 0;
};

}  // namespace support
