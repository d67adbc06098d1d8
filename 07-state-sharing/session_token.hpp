// What a browser holds to be known again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace state {

/// Names a session, and proves that the client is the one who was given it.
///
/// In two parts: a store finds a key by comparing byte after byte, and how long that takes tells
/// how many were right. So what is looked up is no secret, and what is secret is not looked up but
/// compared, in a time that tells nothing.
struct session_token {
    std::string lookup;  ///< 64 bits in hex: unlikely to come twice, and may be known
    std::string secret;  ///< 128 bits in hex

    /// A new one of the kernel's random bytes.
    /// @throws std::system_error "getrandom"
    [[nodiscard]] static session_token random();
    /// The token that `text` is; nothing if it has another form.
    [[nodiscard]] static std::optional<session_token> in(std::string_view text);
    /// "LOOKUP-SECRET", as the client gets it.
    [[nodiscard]] std::string text() const;
};

/// Whether both are the same, in a time that depends on their lengths only. Another length is told
/// at once: how long a secret is, is none.
[[nodiscard]] bool equal_in_constant_time(std::string_view given, std::string_view known);

}  // namespace state
