// The pages that need the store: who somebody is, and what all share.
#include <nlohmann/json.hpp>
#include <utility>

#include "07-state-sharing/full_cluster/site.hpp"
#include "support/environment.hpp"
#include "support/form.hpp"

namespace full_cluster {
namespace {

using nlohmann::json;

constexpr const char* cookie_name = "session";
constexpr std::size_t longest_name = 40;      // bytes
constexpr std::size_t longest_setting = 100;  // bytes

std::string token_of(const support::http_request& request) {
    return std::string(support::cookie(request, cookie_name).value_or(""));
}

std::string field(const support::http_request& request, std::string_view name) {
    return support::form_value(request.body(), name).value_or("");
}

void ask_to_log_in(support::http_reply& reply) {
    answer_error(reply, 401, "nobody is logged in; POST /login with a name first");
}

}  // namespace

void site::add_account_pages() {
    pages_.add("POST", "/login", [this](const request& asked, reply& r) { login(asked, r); });
    pages_.add("POST", "/logout", [this](const request& asked, reply& answer) {
        parts_.sessions.end(token_of(asked));
        answer.header("Set-Cookie", parts_.sessions.ended_cookie());
        answer_json(answer, {{"done", "logged out"}});
    });
    pages_.add("GET", "/session",
               [this](const request& asked, reply& r) { show_session(asked, r); });
}

void site::login(const request& asked, reply& answer) {
    const std::string name = field(asked, "name");
    if (name.empty() || name.size() > longest_name) {
        return answer_error(answer, 400, "a name has 1 to 40 bytes");
    }
    const auto token = parts_.sessions.create({{"user", name}, {"visits", 0}});
    answer.header("Set-Cookie", parts_.sessions.cookie(token));
    answer_json(answer, {{"user", name}});
}

void site::show_session(const request& asked, reply& answer) {
    const std::string token = token_of(asked);
    const auto known = parts_.sessions.change(token, [](json data) {
        data["visits"] = data.value("visits", 0) + 1;
        return data;
    });
    if (!known) return ask_to_log_in(answer);
    if (known->renewed) answer.header("Set-Cookie", parts_.sessions.cookie(token));
    json told = known->value();
    told["expires_in_ms"] = known->expires_in.count();
    answer_json(answer, std::move(told));
}

void site::add_shared_pages() {
    pages_.add("GET", "/counter", [this](const request&, reply& answer) {
        const auto found = parts_.store.get("counter");
        answer_json(answer, {{"value", found ? found->value() : json(0)},
                             {"version", found ? found->changed : 0}});
    });
    pages_.add("POST", "/counter", [this](const request&, reply& answer) {
        answer_json(answer, {{"value", parts_.store.increment("counter")}});
    });
    pages_.add("GET", "/chat", [this](const request& asked, reply& answer) {
        const auto after =
            support::number_in<state::version>(asked.query("after").value_or("0")).value_or(0);
        answer_json(answer, chat_.after(after));
    });
    pages_.add("POST", "/chat", [this](const request& asked, reply& r) { write_chat(asked, r); });
    pages_.add("GET", "/setting", [this](const request&, reply& answer) {
        answer_json(answer, parts_.setting.to_json());
    });
    pages_.add("POST", "/setting",
               [this](const request& asked, reply& r) { change_setting(asked, r); });
    pages_.add("GET", "/job", [this](const request&, reply& answer) {
        const auto found = parts_.store.get("job");
        // Not answer_json: worker and pid are those of the job's last run.
        send_json(answer, found ? found->value() : json{{"runs", 0}});
    });
}

void site::write_chat(const request& asked, reply& answer) {
    const auto known = parts_.sessions.find(token_of(asked));
    if (!known) return ask_to_log_in(answer);
    const std::string text = field(asked, "text");
    if (text.empty() || text.size() > chat::longest_text) {
        return answer_error(answer, 400, "a text has 1 to 500 bytes");
    }
    chat_.add(known->value().value("user", "somebody"), text);
    answer_json(answer, {{"done", "written"}}, 201);
}

void site::change_setting(const request& asked, reply& answer) {
    const std::string value = field(asked, "value");
    if (value.empty() || value.size() > longest_setting) {
        return answer_error(answer, 400, "a value has 1 to 100 bytes");
    }
    parts_.setting.change(value);
    answer_json(answer, {{"done", "changed"}});
}

}  // namespace full_cluster
