#include "07-state-sharing/full_cluster/chat.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "07-state-sharing/full_cluster/wall_clock.hpp"

namespace full_cluster {
namespace {

constexpr const char* prefix = "chat/";

// With leading zeros, so that the order of the keys is that of the messages.
std::string key_of(std::int64_t number) {
    const std::string digits = std::to_string(number);
    return prefix + std::string(10 - std::min<std::size_t>(digits.size(), 10), '0') + digits;
}

}  // namespace

void chat::add(const std::string& user, const std::string& text) {
    const std::int64_t number = store_.increment("chat-messages");
    store_.set(
        key_of(number),
        {{"user", user}, {"text", text.substr(0, longest_text)}, {"at_ms", now_in_milliseconds()}});
    if (number <= most_messages) return;
    const auto oldest = key_of(number - most_messages + 1);
    for (const auto& [key, found] : store_.scan(prefix)) {
        if (key < oldest) store_.erase(key);  // also of a writer that died before it came to this
    }
}

nlohmann::json chat::after(state::version version) {
    auto messages = nlohmann::json::array();
    auto newest = version;
    for (const auto& [key, found] : store_.scan(prefix)) {
        newest = std::max(newest, found.changed);
        if (found.changed <= version) continue;
        auto message = found.value();
        message["version"] = found.changed;
        messages.push_back(std::move(message));
    }
    return {{"messages", std::move(messages)}, {"version", newest}};
}

}  // namespace full_cluster
