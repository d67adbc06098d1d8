#include "02-fork-ipc/text_scan.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace child_process {
namespace {

constexpr std::uint64_t each_byte(std::uint64_t value) {
    return value * 0x0101010101010101U;
}
constexpr std::uint64_t high_bits = each_byte(0x80);

// Sets the high bit of some byte when a byte is below `limit`, and of none when none is; the high
// bits of `word` itself must be looked at apart.
constexpr std::uint64_t has_below(std::uint64_t word, std::uint64_t limit) {
    return word - each_byte(limit);
}

constexpr std::uint64_t has(std::uint64_t word, char c) {
    return has_below(word ^ each_byte(static_cast<unsigned char>(c)), 1);
}

constexpr bool is_plain(std::uint64_t word) {
    const auto found = word | has_below(word, 0x20) | has(word, '"') | has(word, '\\');
    return (found & high_bits) == 0;
}

constexpr bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

}  // namespace

std::size_t plain_length(std::string_view text) {
    constexpr std::size_t words = 4;
    constexpr std::size_t step = words * sizeof(std::uint64_t);
    std::size_t at = 0;
    for (; at + step <= text.size(); at += step) {
        std::array<std::uint64_t, words> word{};
        std::memcpy(word.data(), text.data() + at, step);
        const bool first = is_plain(word[0]) && is_plain(word[1]);
        if (!first || !is_plain(word[2]) || !is_plain(word[3])) break;
    }
    while (at < text.size() && is_plain(text[at])) ++at;
    return at;
}

std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const auto continues = [&](std::size_t at) { return (byte(at) & 0xc0U) == 0x80; };
    const unsigned first = byte(0);
    if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
    // The second byte tells longer ways to write a short character, halves of surrogate pairs and
    // what lies beyond U+10FFFF from the rest.
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned least = first == 0xe0 ? 0xa0 : 0x80;
        const unsigned most = first == 0xed ? 0x9f : 0xbf;
        return byte(1) >= least && byte(1) <= most && continues(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned least = first == 0xf0 ? 0x90 : 0x80;
        const unsigned most = first == 0xf4 ? 0x8f : 0xbf;
        return byte(1) >= least && byte(1) <= most && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace child_process
