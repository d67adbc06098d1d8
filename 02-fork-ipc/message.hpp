// A message as JSON text and as a value.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace child_process {

using json = nlohmann::json;

/// How deep arrays and objects may be nested.
inline constexpr std::size_t depth_limit = 512;

/// `message` as one line of UTF-8 with its newline. Text that is not UTF-8 has its wrong bytes
/// replaced by U+FFFD, as in Node: a Node peer does not survive a line that it cannot parse.
/// @throws std::invalid_argument for json's "discarded" value, which has no text
[[nodiscard]] std::string encode(const json& message);

/// The value of one line. Half of a surrogate pair, which a JavaScript text may hold, becomes
/// U+FFFD.
/// @throws std::system_error channel_errc::malformed, invalid_utf8 or too_deep
[[nodiscard]] json decode(std::string_view line);

/// Whether Node keeps this message for itself: an object whose "cmd" is a text that starts with
/// "NODE_" and goes on.
[[nodiscard]] bool is_internal(const json& message);

}  // namespace child_process
