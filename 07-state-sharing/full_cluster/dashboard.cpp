#include "07-state-sharing/full_cluster/dashboard.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "02-fork-ipc/json_text.hpp"
#include "07-state-sharing/full_cluster/wall_clock.hpp"
#include "support/host_check.hpp"
#include "support/sockets.hpp"

namespace full_cluster {
namespace {

using nlohmann::json;

constexpr auto tick_interval = std::chrono::milliseconds(500);
constexpr std::size_t most_points = 120;
constexpr std::size_t most_entries = 1000;  // of the store, looked at
constexpr std::size_t most_rows = 100;      // of them, shown
constexpr std::size_t most_sessions = 20;   // of those
constexpr std::string_view session_prefix = "session/";
constexpr std::size_t longest_shown_value = 200;  // bytes
constexpr std::string_view action_path = "/actions/";

std::string text_of(const happening& event) {
    json told = {{"at_ms", in_milliseconds(event.at)},
                 {"kind", event.kind},
                 {"worker", nullptr},
                 {"text", event.text}};
    if (event.worker) told["worker"] = *event.worker;
    return child_process::json_text(told);
}

// What somebody looks at must not be a secret: of a session only that it is there.
json shown(const state::named_entry& named) {
    json told = {{"key", named.key}, {"version", named.found.changed}};
    if (named.key.starts_with(session_prefix)) {
        told["key"] = named.key.substr(0, 12) + "…";
        told["value"] = "(a session)";
    } else {
        told["value"] = named.found.json.substr(0, longest_shown_value);
    }
    return told;
}

}  // namespace

dashboard::dashboard(const asio::any_io_executor& executor, parts shown, std::uint16_t port,
                     const std::string& pages)
    : shown_(shown),
      actions_(executor, shown.cluster, shown.events),
      files_(pages + "/dashboard"),
      shared_files_(pages + "/shared"),
      stream_(executor),
      server_(executor, [this](const auto& request, auto& reply) { answer(request, reply); }) {
    auto listening = support::listen_tcp("127.0.0.1", port);
    port_ = support::local_port(listening.get());
    add_pages();
    server_.listen(std::move(listening));
    shown_.events.on_happening.add(
        [this](const happening& event) { stream_.publish("log", text_of(event)); });
}

void dashboard::add_pages() {
    pages_.add("GET", "/metrics", [this](const auto&, auto& reply) {
        reply.send("text/plain; version=0.0.4", metrics_of(shown_.events.look()));
    });
    pages_.add("GET", "/live", [](const auto&, auto& reply) { reply.text("alive\n"); });
    pages_.add("GET", "/ready", [this](const auto&, auto& reply) {
        const bool ready = shown_.events.look().ready();
        reply.text(ready ? "ready\n" : "not ready\n", ready ? 200 : 503);
    });
    pages_.add("GET", "/events", [this](const auto& request, auto& reply) {
        if (request.method() == "HEAD") return reply.send("text/event-stream", "");
        reply.hand_over(
            [this](support::unique_fd connection) { subscribe(std::move(connection)); });
    });
    for (const char* name :
         {"crash", "hang", "kill", "stop", "continue", "reload", "scale", "load"}) {
        pages_.add("POST", std::string(action_path) + name,
                   [this, name](const auto& request, auto& reply) { act(name, request, reply); });
    }
}

void dashboard::answer(const support::http_request& request, support::http_reply& reply) {
    if (const auto reason = support::host_check(request, port_)) {
        return answer_error(reply, 403, *reason);
    }
    if (pages_.answer(request, reply)) return reply.header("Cache-Control", "no-store");
    if (files_.answer(request, reply) || shared_files_.answer(request, reply)) return;
    answer_error(reply, 404, "there is nothing here");
}

void dashboard::act(std::string_view name, const support::http_request& request,
                    support::http_reply& reply) {
    const auto result = actions_.run(name, request);
    if (result.status >= 400) return answer_error(reply, result.status, result.sentence);
    send_json(reply, {{"done", result.sentence}}, result.status);
}

void dashboard::subscribe(support::unique_fd connection) {
    std::vector<support::server_event> first;
    for (const auto& event : shown_.events.happenings()) first.push_back({"log", text_of(event)});
    first.push_back({"history", history()});
    first.push_back({"snapshot", snapshot(shown_.events.look())});
    stream_.subscribe(std::move(connection), first);
}

std::string dashboard::history() const {
    auto points = json::array();
    for (const auto& each : points_) {
        points.push_back({{"at_ms", each.at_ms},
                          {"requests_per_second", each.requests_per_second},
                          {"p50_ms", each.p50_ms},
                          {"p99_ms", each.p99_ms}});
    }
    return child_process::json_text({{"points", std::move(points)}});
}

void dashboard::add_store(nlohmann::json& told) const {
    std::size_t more = 0;
    std::size_t sessions = 0;
    for (const auto& named : shown_.store.scan("", most_entries)) {
        if (named.key == "job") told["job"] = named.found.value();
        // Sessions may be many, and hide what comes behind them.
        const bool one_too_many =
            named.key.starts_with(session_prefix) && ++sessions > most_sessions;
        if (one_too_many || told["store"].size() >= most_rows) {
            ++more;
        } else {
            told["store"].push_back(shown(named));
        }
    }
    if (more > 0) {
        told["store"].push_back(
            {{"key", "…"}, {"version", 0}, {"value", "and " + std::to_string(more) + " more"}});
    }
}

std::string dashboard::snapshot(const cluster_view& view) {
    json told = to_json(view);
    told["at_ms"] = now_in_milliseconds();
    told["store"] = json::array();
    told["job"] = json::object();
    try {
        add_store(told);
    } catch (const std::exception& error) {  // also of a value that is no JSON
        told["store"].push_back({{"key", "the store"}, {"version", 0}, {"value", error.what()}});
    }
    return child_process::json_text(told);
}

void dashboard::tick() {
    shown_.events.tick();
    const auto view = shown_.events.look();
    points_.push_back({now_in_milliseconds(), view.requests_per_second,
                       as_milliseconds(view.recent.quantile(0.5)),
                       as_milliseconds(view.recent.quantile(0.99))});
    if (points_.size() > most_points) points_.pop_front();
    if (stream_.subscribers() > 0) stream_.publish("snapshot", snapshot(view));
}

asio::awaitable<void> dashboard::run() {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        timer.expires_after(tick_interval);
        const auto [error] = co_await timer.async_wait(support::as_result);
        if (error) co_return;
        tick();
    }
}

void dashboard::close() {
    stream_.close();
    server_.stop_listening();
}

}  // namespace full_cluster
