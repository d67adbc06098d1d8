// What can be wrong with the bytes that a peer sends.
#pragma once

#include <string>
#include <system_error>

namespace child_process {

/// Why a channel was closed against the peer's will. The peer's fault ends its channel, never our
/// process.
enum class channel_errc {
    malformed = 1,  ///< a line that is not JSON, an empty line included
    invalid_utf8,   ///< text that is not UTF-8
    oversize,       ///< a message longer than the limit
    too_deep,       ///< arrays and objects nested deeper than the limit
    truncated,      ///< the channel ended inside a message
};

[[nodiscard]] const std::error_category& channel_category() noexcept;
[[nodiscard]] std::error_code make_error_code(channel_errc error) noexcept;

/// Throws std::system_error of this category; `detail` says where.
[[noreturn]] void throw_channel_error(channel_errc error, const std::string& detail);

}  // namespace child_process

template <>
struct std::is_error_code_enum<child_process::channel_errc> : std::true_type {};
