#include "07-state-sharing/sessions.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "02-fork-ipc/json_text.hpp"

namespace state {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

std::string key_of(const session_token& token) {
    return "session/" + token.lookup;
}

milliseconds now() {
    return std::chrono::duration_cast<milliseconds>(store::clock::now().time_since_epoch());
}

}  // namespace

json session::value() const {
    return json::parse(json);
}

sessions::sessions(store& in, session_options options) : store_(in), options_(options) {}

// As it is in the store.
struct sessions::record {
    std::string secret;
    milliseconds written;  // since the epoch
    json data;

    [[nodiscard]] json to_json() const {
        return {{"secret", secret}, {"written_ms", written.count()}, {"data", data}};
    }

    // Nothing for what is no record, or somebody else's.
    static std::optional<record> in(const json& value, const session_token& token) {
        if (!value.is_object()) return std::nullopt;
        const auto secret = value.find("secret");
        const auto written = value.find("written_ms");
        const auto data = value.find("data");
        if (secret == value.end() || !secret->is_string() || written == value.end() ||
            !written->is_number_integer() || data == value.end()) {
            return std::nullopt;
        }
        record found{secret->get<std::string>(), milliseconds(written->get<std::int64_t>()), *data};
        if (!equal_in_constant_time(token.secret, found.secret)) return std::nullopt;
        return found;
    }
};

std::string sessions::create(const json& data) {
    for (;;) {
        const auto token = session_token::random();
        const record made{token.secret, now(), data};
        if (store_.compare_and_set(key_of(token), 0, made.to_json(), options_.lifetime)) {
            return token.text();
        }
    }
}

std::optional<sessions::record> sessions::read(const session_token& token) {
    const auto found = store_.get(key_of(token));
    if (!found) return std::nullopt;
    return record::in(found->value(), token);
}

std::optional<session> sessions::find(std::string_view text) {
    const auto token = session_token::in(text);
    if (!token) return std::nullopt;
    const auto found = read(*token);
    if (!found) return std::nullopt;
    const auto age = now() - found->written;
    const bool fresh = age >= milliseconds(0) && age * 10 < options_.lifetime;
    const auto same = [](const json& data) { return data; };
    try {
        if (!fresh) return write(*token, same);
    } catch (const store_error&) {
        // What cannot be written can be read: it lives on, only not longer.
    }
    const auto left = std::clamp(options_.lifetime - age, milliseconds(0), options_.lifetime);
    return session{child_process::json_text(found->data), left};
}

std::optional<session> sessions::change(std::string_view text, const updater& make) {
    const auto token = session_token::in(text);
    if (!token || !read(*token)) return std::nullopt;
    return write(*token, make);
}

// Only what was read with the right secret is written; it may have gone since.
std::optional<session> sessions::write(const session_token& token, const updater& make) {
    std::optional<record> made;
    const auto renew = [&](const std::optional<json>& present) -> std::optional<json> {
        if (!present) return std::nullopt;
        made = record::in(*present, token);
        if (!made) return present;
        made->data = make(made->data);
        made->written = now();
        return made->to_json();
    };
    store_.update(key_of(token), renew, options_.lifetime);
    if (!made) return std::nullopt;
    return session{child_process::json_text(made->data), options_.lifetime, true};
}

bool sessions::end(std::string_view text) {
    const auto token = session_token::in(text);
    return token && read(*token) && store_.erase(key_of(*token));
}

std::string sessions::cookie(std::string_view token) const {
    return cookie_with(token, std::chrono::ceil<std::chrono::seconds>(options_.lifetime));
}

std::string sessions::ended_cookie() const {
    return cookie_with("", std::chrono::seconds(0));
}

// Lax: the cookie comes along when a link leads here, and not with what other sites send here.
std::string sessions::cookie_with(std::string_view token, std::chrono::seconds age) const {
    std::string result = "session=" + std::string(token) + "; Path=/; HttpOnly; SameSite=Lax";
    result += "; Max-Age=" + std::to_string(age.count());
    if (options_.secure) result += "; Secure";
    return result;
}

}  // namespace state
