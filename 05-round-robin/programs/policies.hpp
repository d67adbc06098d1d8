// The policies by their names.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "05-round-robin/dispatched_sockets.hpp"

inline constexpr std::array<std::string_view, 5> policy_names{
    "shared", "round-robin", "least-connections", "address-hash", "reuseport"};

/// What the programs let be chosen about the hand-over.
struct dispatch_flags {
    int credit = cluster::dispatch_settings().credit;
    int offers = cluster::queue_limits().most_offers;
};

/// Nothing for a name that is no policy's.
inline std::optional<cluster::socket_policy> policy_named(cluster::supervisor& workers,
                                                          const std::string& name,
                                                          dispatch_flags flags) {
    if (name == "shared") return cluster::shared_policy();
    if (name == "reuseport") return cluster::reuseport_policy(workers);
    if (!cluster::schedule_named(name)) return std::nullopt;
    cluster::dispatch_settings settings;
    settings.schedules = [name] { return *cluster::schedule_named(name); };
    settings.credit = flags.credit;
    settings.limits.most_offers = flags.offers;
    settings.refusal =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    return cluster::dispatched_policy(workers, std::move(settings));
}

inline bool is_policy(std::string_view name) {
    return std::find(policy_names.begin(), policy_names.end(), name) != policy_names.end();
}

/// What is said of a name that is none.
inline std::string policy_fault() {
    std::string text = "--policy is one of";
    for (const auto name : policy_names) text.append(" ").append(name);
    return text;
}
