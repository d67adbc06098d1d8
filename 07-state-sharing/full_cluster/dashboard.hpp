// The pages that show the cluster to whoever sits at this machine.
#pragma once

#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "07-state-sharing/full_cluster/actions.hpp"
#include "07-state-sharing/full_cluster/board.hpp"
#include "07-state-sharing/full_cluster/router.hpp"
#include "07-state-sharing/store.hpp"
#include "support/event_stream.hpp"
#include "support/http_server.hpp"
#include "support/static_files.hpp"

namespace full_cluster {

/// Serves the dashboard, /metrics, /live and /ready from the primary, on the loopback address
/// alone. Actions are refused to other pages in the same browser, see support::host_check.
/// @lifetime all parts must outlive it
class dashboard {
  public:
    struct parts {
        cluster::primary& cluster;
        board& events;
        state::store& store;
    };

    /// @param port   0 picks a free one
    /// @param pages  the directory whose folders dashboard and shared have its files
    /// @throws std::system_error if the port cannot be had, or the files not be read
    dashboard(const asio::any_io_executor& executor, parts shown, std::uint16_t port,
              const std::string& pages);
    dashboard(const dashboard&) = delete;
    dashboard& operator=(const dashboard&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// Tells all who look how things are, twice a second, until it is cancelled.
    [[nodiscard]] asio::awaitable<void> run();

    /// Lets them all go.
    void close();

  private:
    struct point {
        std::int64_t at_ms;
        double requests_per_second;
        double p50_ms;
        double p99_ms;
    };

    void add_pages();
    void answer(const support::http_request& request, support::http_reply& reply);
    void act(std::string_view name, const support::http_request& request,
             support::http_reply& reply);
    void subscribe(support::unique_fd connection);
    void tick();
    void add_store(nlohmann::json& told) const;
    [[nodiscard]] std::string snapshot(const cluster_view& view);
    [[nodiscard]] std::string history() const;

    parts shown_;
    actions actions_;
    support::static_files files_;
    support::static_files shared_files_;
    router pages_;
    support::event_stream stream_;
    std::deque<point> points_;
    std::uint16_t port_ = 0;
    support::http_server server_;
};

}  // namespace full_cluster
