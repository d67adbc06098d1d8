#include "07-state-sharing/full_cluster/worker_orders.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace full_cluster {
namespace {

constexpr std::array<std::pair<order, const char*>, 3> names{
    {{order::crash, "crash"}, {order::hang, "hang"}, {order::reopen_log, "reopen log"}}};

}  // namespace

nlohmann::json message_of(order what) {
    for (const auto& [each, name] : names) {
        if (each == what) return {{"cmd", "order"}, {"what", name}};
    }
    return {};
}

std::optional<order> order_in(const nlohmann::json& message) {
    if (!message.is_object() || message.value("cmd", nlohmann::json()) != "order") {
        return std::nullopt;
    }
    const auto what = message.value("what", nlohmann::json());
    for (const auto& [each, name] : names) {
        if (what == name) return each;
    }
    return std::nullopt;
}

}  // namespace full_cluster
