#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "02-fork-ipc/json_text.hpp"
#include "02-fork-ipc/text_scan.hpp"

namespace child_process {
namespace {

using nlohmann::json;

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Nothing for what has no escape of two characters.
std::string_view short_escape(char c) {
    switch (c) {
        case '"':
            return "\\\"";
        case '\\':
            return "\\\\";
        case '\b':
            return "\\b";
        case '\f':
            return "\\f";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return {};
    }
}

void append_escape(std::string& text, char c) {
    if (const auto escape = short_escape(c); !escape.empty()) {
        text += escape;
        return;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    text += "\\u00";
    text += digits[static_cast<unsigned char>(c) / digits.size()];
    text += digits[static_cast<unsigned char>(c) % digits.size()];
}

void append_text(std::string& text, const std::string& value) {
    const auto begin = text.size();
    text.reserve(begin + value.size() + 3);  // its quotes, and what ends a line
    text += '"';
    std::string_view rest = value;
    for (;;) {
        const auto plain = plain_length(rest);
        text += rest.substr(0, plain);
        rest.remove_prefix(plain);
        if (rest.empty()) break;
        std::size_t length = 1;
        if ((static_cast<unsigned char>(rest.front()) & 0x80U) == 0) {
            append_escape(text, rest.front());
        } else if (length = utf8_length(rest); length > 0) {
            text += rest.substr(0, length);
        } else {  // no UTF-8: how many bytes one U+FFFD stands for is nlohmann's to say
            text.resize(begin);
            text += dump(value);
            return;
        }
        rest.remove_prefix(length);
    }
    text += '"';
}

template <typename Integer>
void append_number(std::string& text, Integer value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text.append(digits.data(), end);
}

void append_array(std::string& text, const json::array_t& items) {
    char before = '[';
    for (const json& item : items) {
        text += before;
        append_json(text, item);
        before = ',';
    }
    text += items.empty() ? "[]" : "]";
}

void append_object(std::string& text, const json::object_t& members) {
    char before = '{';
    for (const auto& [key, value] : members) {
        text += before;
        append_text(text, key);
        text += ':';
        append_json(text, value);
        before = ',';
    }
    text += members.empty() ? "{}" : "}";
}

}  // namespace

void append_json(std::string& text, const json& value) {
    switch (value.type()) {
        case json::value_t::null:
            text += "null";
            break;
        case json::value_t::boolean:
            text += value.get<bool>() ? "true" : "false";
            break;
        case json::value_t::number_integer:
            append_number(text, value.get<std::int64_t>());
            break;
        case json::value_t::number_unsigned:
            append_number(text, value.get<std::uint64_t>());
            break;
        case json::value_t::string:
            append_text(text, value.get_ref<const std::string&>());
            break;
        case json::value_t::array:
            append_array(text, value.get_ref<const json::array_t&>());
            break;
        case json::value_t::object:
            append_object(text, value.get_ref<const json::object_t&>());
            break;
        default:
            text += dump(value);
    }
}

std::string json_text(const json& value) {
    std::string text;
    append_json(text, value);
    return text;
}

}  // namespace child_process
