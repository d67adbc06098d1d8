#include "07-state-sharing/full_cluster/watched_setting.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace full_cluster {
namespace {

std::int64_t now_in_microseconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

nlohmann::json or_null(const std::optional<double>& number) {
    return number ? nlohmann::json(*number) : nlohmann::json();
}

}  // namespace

watched_setting::watched_setting(state::store& store, state::store_watch& notification,
                                 state::store_watch& polling, std::string counts)
    : store_(store), began_at_(store.latest()), counts_(std::move(counts)) {
    const bool notified = counts_ == "notification";
    notification.on_change([this, notified](const std::string& name, const auto& now) {
        if (name == key) heard(notification_ms_, notified, now);
    });
    polling.on_change([this, notified](const std::string& name, const auto& now) {
        if (name == key) heard(polling_ms_, !notified, now);
    });
}

void watched_setting::change(const std::string& value) {
    store_.set(key, {{"value", value}, {"written_us", now_in_microseconds()}});
}

void watched_setting::heard(std::optional<double>& latency, bool counts,
                            const std::optional<state::entry>& now) {
    if (!now) return;
    const auto told = now->value();
    // What was there when the watch began was not heard late, but found.
    if (now->changed > began_at_) {
        const auto age = now_in_microseconds() - told.at("written_us").get<std::int64_t>();
        latency = static_cast<double>(age) / 1000;
    }
    if (!counts) return;
    value_ = told.at("value").get<std::string>();
    version_ = now->changed;
}

nlohmann::json watched_setting::to_json() const {
    return {{"value", value_},
            {"version", version_},
            {"watch", counts_},
            {"notification_ms", or_null(notification_ms_)},
            {"polling_ms", or_null(polling_ms_)}};
}

}  // namespace full_cluster
