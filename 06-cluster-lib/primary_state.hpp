// What a primary is made of.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "04-auto-restart/listening_sockets.hpp"
#include "04-auto-restart/primary_signals.hpp"
#include "04-auto-restart/supervisor.hpp"
#include "06-cluster-lib/primary.hpp"
#include "06-cluster-lib/rolling_reload.hpp"
#include "support/async_condition.hpp"
#include "support/event.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

struct primary::state {
    explicit state(const asio::any_io_executor& executor);

    /// The supervisor, made when the first worker is: by then all settings are known.
    supervisor& workers();
    [[nodiscard]] bool started() const { return supervisor_ != nullptr; }
    [[nodiscard]] worker_command command() const;
    worker& face_of(worker_process& process);

    asio::any_io_executor executor;
    std::string own_program;
    cluster::setup settings;
    held_signals held;
    std::unique_ptr<supervisor> supervisor_;
    std::unique_ptr<listening_sockets> sockets;
    std::unique_ptr<rolling_reload> reload;
    struct face {
        std::unique_ptr<worker> shown;
        bool disconnected = false;
    };
    std::map<int, face> faces;  // by id
    int signal = SIGTERM;       // that asked for the end
    int exit_code = 0;
    bool over = false;  // disconnect() was called
    support::async_condition news;

    support::event<const cluster::setup&> on_setup;
    support::event<worker&> on_fork;
    support::event<worker&> on_online;
    support::event<worker&, const listening_address&> on_listening;
    support::event<worker&, const nlohmann::json&, std::optional<child_process::handle>&>
        on_message;
    support::event<worker&, int, std::string_view> on_output;
    support::event<worker&, const std::string&> on_suicide;
    support::event<worker&> on_disconnect;
    support::event<worker&, child_process::exit_status> on_exit;
    support::event<const std::string&> on_give_up;
    support::event<> on_reloading;
    support::event<const std::optional<std::string>&> on_reload;
    support::weak_anchor<state> anchor{this};

  private:
    [[nodiscard]] socket_policy connections();
    void listen_to_workers();
    void disconnected(worker_process& process);
};

}  // namespace cluster
