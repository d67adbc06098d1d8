#include "07-state-sharing/state_message.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "07-state-sharing/store.hpp"

namespace state {
namespace {

using nlohmann::json;

bool says(const json& received, const char* member) {
    const auto found = received.find(member);
    return found != received.end() && *found == true;
}

bool is_key(const json& value) {
    if (!value.is_string()) return false;
    const auto size = value.get_ref<const std::string&>().size();
    return size > 0 && size <= max_key_size;
}

// A message carries UTF-8, a key any bytes.
bool is_text(const std::string& key) {
    try {
        static_cast<void>(json(key).dump());
        return true;
    } catch (const json::type_error&) {
        return false;
    }
}

}  // namespace

json to_json(const state_message& message) {
    json result{{"cmd", "state"}};
    const auto& keys = message.changed.keys();
    if (message.heard) result["heard"] = true;
    if (message.changed.any() || !std::all_of(keys.begin(), keys.end(), is_text)) {
        result["resync"] = true;
    } else if (!keys.empty()) {
        result["changed"] = keys;
    }
    return result;
}

std::optional<state_message> state_message_in(const json& received) {
    if (!received.is_object() || !received.contains("cmd") || received["cmd"] != "state") {
        return std::nullopt;
    }
    state_message result;
    result.heard = says(received, "heard");
    if (says(received, "resync")) result.changed.add_any();
    const auto found = received.find("changed");
    if (found == received.end()) return result;
    if (!found->is_array() || found->size() > changed_keys::most ||
        !std::all_of(found->begin(), found->end(), is_key)) {
        return std::nullopt;
    }
    for (const json& key : *found) result.changed.add(key.get<std::string>());
    return result;
}

}  // namespace state
