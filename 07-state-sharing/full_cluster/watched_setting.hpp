// A setting that one worker changes and all know.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "07-state-sharing/store.hpp"
#include "07-state-sharing/store_watch.hpp"

namespace full_cluster {

/// What this worker knows of the setting. It is heard of in both ways at once, to compare them; one
/// of them counts.
class watched_setting {
  public:
    static constexpr const char* key = "setting";

    /// @param counts  "notification" or "polling": by which of the two the value is taken over
    /// @lifetime      all must outlive it
    watched_setting(state::store& store, state::store_watch& notification,
                    state::store_watch& polling, std::string counts);
    watched_setting(const watched_setting&) = delete;
    watched_setting& operator=(const watched_setting&) = delete;

    void change(const std::string& value);
    /// {"value", "version", "watch", "notification_ms", "polling_ms"}: the last two, how long after
    /// the last change this worker heard of it in each way; null before one.
    [[nodiscard]] nlohmann::json to_json() const;

  private:
    void heard(std::optional<double>& latency, bool counts, const std::optional<state::entry>& now);

    state::store& store_;
    state::version began_at_;
    std::string counts_;
    std::string value_;
    state::version version_ = 0;
    std::optional<double> notification_ms_;
    std::optional<double> polling_ms_;
};

}  // namespace full_cluster
