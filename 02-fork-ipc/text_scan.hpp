// Looks through text eight bytes at a time, for most of a long message is text that means itself.
#pragma once

#include <cstddef>
#include <string_view>

namespace child_process {

/// How many bytes at the front are ASCII and mean themselves between the quotes of a JSON text: no
/// quote, no backslash, no control character.
[[nodiscard]] std::size_t plain_length(std::string_view text);

/// How many bytes the UTF-8 sequence at the front has, 2 to 4; 0 if it is none. For text that
/// begins with a byte that is not ASCII.
/// @source RFC 3629, section 4
[[nodiscard]] std::size_t utf8_length(std::string_view text);

}  // namespace child_process
