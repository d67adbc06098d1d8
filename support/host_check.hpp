// Whether a request to a page for this machine alone really comes from such a page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "support/http_request.hpp"

namespace support {

/// Says why a request must be refused with 403, or nothing if it may be answered.
///
/// A server on the loopback address is out of reach of other machines, but not of the pages that a
/// browser on this one shows. A foreign page can have its own name point to 127.0.0.1 (DNS
/// rebinding) and read all answers: so Host must be a name of this machine with our port. And it
/// can send us forms without reading the answer: so whatever is not GET or HEAD must come from one
/// of our own pages, which can add the field X-Requested-With; a form cannot.
/// @param port  what the server listens on
/// @return  one sentence for the answer
/// @source  Fetch Standard, Sec-Fetch-Site and Origin
[[nodiscard]] std::optional<std::string> host_check(const http_request& request,
                                                    std::uint16_t port);

}  // namespace support
