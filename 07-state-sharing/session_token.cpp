#include "07-state-sharing/session_token.hpp"

#include <sys/random.h>

#include <array>

#include "support/syscall.hpp"

namespace state {
namespace {

constexpr std::size_t lookup_size = 16;  // of hex digits, 4 bits each
constexpr std::size_t secret_size = 32;
constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_hex(std::string_view text) {
    return text.find_first_not_of(hex_digits) == text.npos;
}

}  // namespace

session_token session_token::random() {
    std::array<unsigned char, (lookup_size + secret_size) / 2> bytes{};
    // So few bytes come whole, or with EINTR not at all.
    support::check("getrandom",
                   support::retry([&] { return ::getrandom(bytes.data(), bytes.size(), 0); }));
    std::string hex;
    for (const unsigned char byte : bytes) {
        hex += hex_digits[byte / 16U];
        hex += hex_digits[byte % 16U];
    }
    return {hex.substr(0, lookup_size), hex.substr(lookup_size)};
}

std::optional<session_token> session_token::in(std::string_view text) {
    if (text.size() != lookup_size + 1 + secret_size || text[lookup_size] != '-') {
        return std::nullopt;
    }
    const std::string_view lookup = text.substr(0, lookup_size);
    const std::string_view secret = text.substr(lookup_size + 1);
    if (!is_hex(lookup) || !is_hex(secret)) return std::nullopt;
    return session_token{std::string(lookup), std::string(secret)};
}

std::string session_token::text() const {
    return lookup + "-" + secret;
}

bool equal_in_constant_time(std::string_view given, std::string_view known) {
    if (given.size() != known.size()) return false;
    // Volatile: a compiler that sees what this is for would leave the loop at the first difference.
    volatile unsigned difference = 0;
    for (std::size_t at = 0; at < given.size(); ++at) {
        difference = difference | (static_cast<unsigned char>(given[at]) ^
                                   static_cast<unsigned char>(known[at]));
    }
    return difference == 0;
}

}  // namespace state
