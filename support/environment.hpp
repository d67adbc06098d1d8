// What a parent tells its child through the environment, on the child's side.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace support {

/// The variable's value, which is removed from the environment, so that no program that this
/// process starts takes it for its own. Empty if there is none.
[[nodiscard]] std::optional<std::string> take_variable(const char* name);

/// The number that `text` is, whole and in decimal digits; empty if it is none, or does not fit.
template <class Integer>
std::optional<Integer> number_in(std::string_view text) {
    Integer value{};
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

}  // namespace support
