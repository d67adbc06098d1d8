// The small words of HTTP: which bytes may stand where.
#pragma once

#include <string_view>

namespace support {

/// Whether a method or the name of a field may hold `c`.
[[nodiscard]] bool is_token_char(char c);

/// Whether a value may hold `c`: anything but control characters; tabs are no harm.
[[nodiscard]] bool is_text_char(char c);

/// At least one character, and all of them fit for a token.
[[nodiscard]] bool is_token(std::string_view text);

[[nodiscard]] bool is_field_value(std::string_view text);

/// Digits alone, at least one.
[[nodiscard]] bool is_number(std::string_view text);

/// Whether `text` may stand behind "Host:" or in a URL: a name or an address, with a port or
/// without. Empty will do.
[[nodiscard]] bool is_host(std::string_view text);

/// Whether `text` is a request's target: "/path", "http://here/path", or "*" with OPTIONS.
[[nodiscard]] bool is_target(std::string_view method, std::string_view text);

}  // namespace support
