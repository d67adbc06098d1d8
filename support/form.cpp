#include "support/form.hpp"

#include <algorithm>
#include <charconv>

namespace support {
namespace {

// Takes the text up to `separator` off the front of `rest`, and the separator.
std::string_view take_part(std::string_view& rest, char separator) {
    const std::string_view part = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    return part;
}

std::string decoded(std::string_view text) {
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return percent_decoded(spaced);
}

}  // namespace

std::string percent_decoded(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char byte = 0;
        const char* digits = text.data() + i + 1;
        if (text[i] == '%' && text.size() - i > 2 &&
            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
            result += static_cast<char>(byte);
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

std::optional<std::string> form_value(std::string_view text, std::string_view name) {
    for (int seen = 0; !text.empty() && seen < most_form_fields; ++seen) {
        std::string_view value = take_part(text, '&');
        if (decoded(take_part(value, '=')) == name) return decoded(value);
    }
    return std::nullopt;
}

std::optional<std::string_view> cookie(const http_request& request, std::string_view name) {
    std::string_view rest = request.header("cookie");
    while (!rest.empty()) {
        std::string_view value = take_part(rest, ';');
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        const bool has_name = value.find('=') != std::string_view::npos;
        if (has_name && take_part(value, '=') == name) return value;
    }
    return std::nullopt;
}

}  // namespace support
