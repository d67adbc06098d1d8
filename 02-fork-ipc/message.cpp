#include "02-fork-ipc/message.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "02-fork-ipc/channel_error.hpp"
#include "02-fork-ipc/json_text.hpp"

namespace child_process {
namespace {

// Brackets outside of texts. Done before parsing, because a parsed value that is nested too deep
// has already cost the stack of whoever walks through it.
bool nested_too_deep(std::string_view line) {
    std::size_t depth = 0;
    bool in_text = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (c == '"') in_text = !in_text;
        if (in_text) {
            at += c == '\\' ? 1 : 0;
        } else if (c == '[' || c == '{') {
            if (++depth > depth_limit) return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return false;
}

constexpr std::size_t escape_length = 6;  // of "\ud83d"

// The UTF-16 unit that the escape at `at` stands for: "\ud83d" is 0xd83d.
std::optional<unsigned> escaped_unit(std::string_view line, std::size_t at) {
    const std::string_view text = line.substr(std::min(at, line.size()), escape_length);
    if (text.size() < escape_length || !text.starts_with("\\u")) return std::nullopt;
    unsigned unit = 0;
    const char* end = text.data() + escape_length;
    if (std::from_chars(text.data() + 2, end, unit, 16).ptr != end) return std::nullopt;
    return unit;
}

// A JavaScript text may hold half of a surrogate pair, as when it was cut inside an emoji. JSON can
// write that down, "\ud83d", and UTF-8 cannot; so each lone half becomes U+FFFD.
std::string without_lone_surrogates(std::string_view line) {
    const auto is_high = [](unsigned unit) { return unit >= 0xd800 && unit < 0xdc00; };
    const auto is_low = [](unsigned unit) { return unit >= 0xdc00 && unit < 0xe000; };
    std::string result(line);
    for (std::size_t at = line.find('\\'); at != line.npos; at = line.find('\\', at)) {
        const unsigned unit = escaped_unit(line, at).value_or(0);
        if (is_high(unit) && is_low(escaped_unit(line, at + escape_length).value_or(0))) {
            at += 2 * escape_length;
        } else {
            if (is_high(unit) || is_low(unit)) result.replace(at, escape_length, "\\ufffd");
            at += 2;
        }
    }
    return result;
}

// Says where in the line, and nothing of its content: it is the peer's, and may be secret or huge.
[[noreturn]] void report(const json::parse_error& error) {
    std::string_view reason = error.what();
    reason = reason.substr(0, reason.find("last read"));  // from there on it quotes the line
    const bool utf8 = reason.find("UTF-8") != std::string_view::npos;
    throw_channel_error(utf8 ? channel_errc::invalid_utf8 : channel_errc::malformed,
                        "at byte " + std::to_string(error.byte));
}

json parse(std::string_view line) try {
    // The parser would take a zero byte for the end of the text, and all behind it for nothing.
    if (const auto at = line.find('\0'); at != line.npos) {
        throw_channel_error(channel_errc::malformed,
                            "a zero byte at byte " + std::to_string(at + 1));
    }
    return json::parse(line.begin(), line.end());
} catch (const json::out_of_range&) {
    throw_channel_error(channel_errc::malformed, "a number too large for a double");
}

// What read_json() has left: mostly lines that are wrong, and what is wrong with them.
json decode_with_care(std::string_view line) {
    if (nested_too_deep(line)) {
        throw_channel_error(channel_errc::too_deep,
                            "more than " + std::to_string(depth_limit) + " levels");
    }
    try {
        return parse(line);
    } catch (const json::parse_error& error) {
        const std::string mended = without_lone_surrogates(line);
        if (mended == line) report(error);
        return decode_with_care(mended);
    }
}

}  // namespace

std::string encode(const json& message) {
    if (message.is_discarded()) throw std::invalid_argument("a discarded value is no message");
    std::string line;
    append_json(line, message);
    line += '\n';
    return line;
}

json decode(std::string_view line) {
    if (auto value = read_json(line, depth_limit)) return std::move(*value);
    return decode_with_care(line);
}

bool is_internal(const json& message) {
    constexpr std::string_view prefix = "NODE_";
    if (!message.is_object()) return false;
    const auto cmd = message.find("cmd");
    if (cmd == message.end() || !cmd->is_string()) return false;
    const auto& text = cmd->get_ref<const std::string&>();
    return text.size() > prefix.size() && text.starts_with(prefix);
}

}  // namespace child_process
