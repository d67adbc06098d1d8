// The worker of poll_config and notify_config.
#pragma once

#include <chrono>
#include <cluster_workshop/cluster.hpp>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "07-state-sharing/store_watch.hpp"

/// Changes the setting when it is told to, and says when it hears that it has changed.
class config_worker {
  public:
    config_worker(const asio::any_io_executor& executor, cluster::this_worker& self,
                  state::store& store)
        : executor_(executor), self_(self), store_(store) {}
    config_worker(const config_worker&) = delete;
    config_worker& operator=(const config_worker&) = delete;

    asio::awaitable<void> run(state::store_watch& watch) {
        watch.on_change([this](const std::string&, const std::optional<state::entry>& now) {
            if (now) hear(now->value());
        });
        self_.on_message([this](const nlohmann::json& message, auto) {
            if (message.is_object() && message.contains("set")) set(message["set"]);
        });
        self_.ready();
        tell(nullptr);
        co_await self_.until_leaving();
    }

  private:
    // All processes of a machine have this clock in common.
    static std::int64_t now_us() {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    }

    void set(const nlohmann::json& value) {
        support::log() << "writes " << value;
        store_.set("setting", {{"value", value}, {"written_us", now_us()}});
    }

    void hear(const nlohmann::json& setting) {
        const auto late = now_us() - setting["written_us"].get<std::int64_t>();
        support::log() << "heard " << setting["value"] << " " << std::fixed << std::setprecision(1)
                       << static_cast<double>(late) / 1000 << " ms after it was written";
        tell(setting["value"]);
    }

    void tell(nlohmann::json value) {
        auto send = [](cluster::this_worker& self, nlohmann::json has) -> asio::awaitable<void> {
            const nlohmann::json message{{"has", std::move(has)}};
            static_cast<void>(co_await self.send(message));
        };
        asio::co_spawn(executor_, send(self_, std::move(value)), support::rethrow);
    }

    asio::any_io_executor executor_;
    cluster::this_worker& self_;
    state::store& store_;
};
