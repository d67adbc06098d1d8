// What the primary tells its workers to do, beside the cluster's own messages.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace full_cluster {

/// crash and hang are for demonstrations; reopen_log is a log rotation's SIGUSR1.
enum class order { crash, hang, reopen_log };

[[nodiscard]] nlohmann::json message_of(order what);

/// Nothing if the message is no order.
[[nodiscard]] std::optional<order> order_in(const nlohmann::json& message);

}  // namespace full_cluster
