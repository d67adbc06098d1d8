// Is this the head of a request that we answer? Pure: bytes in, a status out.
#pragma once

#include <cstdint>
#include <string_view>

#include "support/http_limits.hpp"
#include "support/http_request.hpp"

namespace support {

/// Finds where a head ends, in input that may come byte by byte, and looks at each byte once.
///
/// Lines must end in CR LF. A bare LF is refused because other readers take it for a line end: what
/// two servers on one path read differently, an attacker uses to smuggle a request past the first.
class http_head_end {
  public:
    struct result {
        std::size_t size = 0;  ///< of the head with its empty line; 0 while it is not whole
        int status = 0;        ///< what to refuse it with; 0 while all is well
    };

    /// @param input  all that came since the head began, no less than at the last call
    result find(std::string_view input, const http_limits& limits);
    /// The next head begins.
    void restart() { *this = {}; }

  private:
    [[nodiscard]] int check_line(std::string_view line, const http_limits& limits) const;

    std::size_t searched_ = 0;    // no LF in what stands before
    std::size_t line_begin_ = 0;  // of the line that has not ended yet
    std::size_t lines_ = 0;       // whole lines before it
};

/// How the bytes behind a head are to be read.
struct http_framing {
    std::uint64_t length = 0;
    bool chunked = false;
    bool expects_continue = false;
};

/// Reads a whole head into `request`, whose views then point into `head`.
/// @return  0, or the status to refuse it with: 400, 501 (a transfer coding that we do not know),
///         505
/// @source  RFC 9112
int parse_http_head(std::string_view head, http_request& request, http_framing& framing);

}  // namespace support
