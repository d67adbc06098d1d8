#include "07-state-sharing/full_cluster/cluster_view.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace full_cluster {
namespace {

using nlohmann::json;

json to_json(const worker_view& worker) {
    json told = {{"slot", worker.slot},
                 {"id", worker.id},
                 {"pid", worker.pid},
                 {"state", worker.state},
                 {"uptime_ms", worker.uptime.count()},
                 {"connections", worker.connections},
                 {"requests", worker.requests},
                 {"requests_per_second", worker.requests_per_second},
                 {"memory_bytes", worker.memory},
                 {"restarts", worker.restarts},
                 {"last_death", nullptr}};
    if (worker.last_death) {
        told["last_death"] = {{"reason", worker.last_death->reason},
                              {"ago_ms", worker.last_death->ago.count()}};
    }
    return told;
}

}  // namespace

bool cluster_view::ready() const {
    return !stopping && std::any_of(workers.begin(), workers.end(), [](const worker_view& each) {
        return each.state == "listening";
    });
}

json to_json(const cluster_view& view) {
    json workers = json::array();
    for (const auto& each : view.workers) workers.push_back(to_json(each));
    return {{"cluster",
             {{"pid", view.pid},
              {"title", "primary"},
              {"uptime_ms", view.uptime.count()},
              {"wanted", view.wanted},
              {"policy", view.policy},
              {"url", view.url},
              {"reloading", view.reloading},
              {"watch", view.watch}}},
            {"workers", std::move(workers)},
            {"totals",
             {{"requests", view.requests},
              {"requests_per_second", view.requests_per_second},
              {"p50_ms", as_milliseconds(view.recent.quantile(0.5))},
              {"p99_ms", as_milliseconds(view.recent.quantile(0.99))},
              {"errors", view.errors}}}};
}

}  // namespace full_cluster
