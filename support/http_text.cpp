#include "support/http_text.hpp"

#include <algorithm>

namespace support {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <class Test>
bool all(std::string_view text, Test test) {
    return std::all_of(text.begin(), text.end(), test);
}

bool is_host_char(char c) {
    constexpr std::string_view others = "-._~!$&'()*+,;=%";
    return is_digit(c) || is_letter(c) || others.find(c) != std::string_view::npos;
}

bool is_address_char(char c) {
    return is_digit(c) || is_letter(c) || c == ':' || c == '.';
}

}  // namespace

bool is_token_char(char c) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return is_digit(c) || is_letter(c) || others.find(c) != std::string_view::npos;
}

bool is_text_char(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

bool is_token(std::string_view text) {
    return !text.empty() && all(text, is_token_char);
}

bool is_field_value(std::string_view text) {
    return all(text, is_text_char);
}

bool is_number(std::string_view text) {
    return !text.empty() && all(text, is_digit);
}

bool is_host(std::string_view text) {
    std::size_t end = 0;
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos) return false;
        if (!all(text.substr(1, bracket - 1), is_address_char)) return false;
        end = bracket + 1;
    } else {
        end = std::min(text.find(':'), text.size());
        if (!all(text.substr(0, end), is_host_char)) return false;
    }
    const std::string_view port = text.substr(end);
    return port.empty() || (port.front() == ':' && all(port.substr(1), is_digit));
}

bool is_target(std::string_view method, std::string_view text) {
    if (text.starts_with('/')) return true;
    if (text == "*") return method == "OPTIONS";
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos || !is_token(text.substr(0, scheme))) return false;
    const std::string_view rest = text.substr(scheme + 3);
    const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
    return !host.empty() && is_host(host);
}

}  // namespace support
