#include "02-fork-ipc/message.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "02-fork-ipc/channel_error.hpp"

namespace child_process {
namespace {

// Brackets outside of texts. Done before parsing, because a parsed value that is nested too deep
// has already cost the stack of whoever walks through it.
bool nested_too_deep(std::string_view line) {
    const auto opens = [](char c) { return c == '[' || c == '{'; };
    // Quick for the usual message: with so few brackets in all it cannot be.
    if (static_cast<std::size_t>(std::count_if(line.begin(), line.end(), opens)) <= depth_limit) {
        return false;
    }
    std::size_t depth = 0;
    bool in_text = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (c == '"') in_text = !in_text;
        if (in_text) {
            at += c == '\\' ? 1 : 0;
        } else if (opens(c)) {
            if (++depth > depth_limit) return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return false;
}

// Where in the line, and nothing of its content: it is the peer's, and may be secret or huge.
[[noreturn]] void report(const json::parse_error& error) {
    const bool utf8 = std::string_view(error.what()).find("UTF-8") != std::string_view::npos;
    throw_channel_error(utf8 ? channel_errc::invalid_utf8 : channel_errc::malformed,
                        "at byte " + std::to_string(error.byte));
}

}  // namespace

std::string encode(const json& message) {
    std::string line = message.dump(-1, ' ', false, json::error_handler_t::replace);
    line += '\n';
    return line;
}

json decode(std::string_view line) {
    if (nested_too_deep(line)) {
        throw_channel_error(channel_errc::too_deep,
                            "more than " + std::to_string(depth_limit) + " levels");
    }
    try {
        return json::parse(line.begin(), line.end());
    } catch (const json::parse_error& error) {
        report(error);
    }
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
