#include "07-state-sharing/full_cluster/figures.hpp"

#include <nlohmann/json.hpp>

namespace full_cluster {
namespace {

constexpr const char* command = "figures";

}  // namespace

void figures::add(const figures& other) {
    requests += other.requests;
    errors += other.errors;
    latency.add(other.latency);
}

nlohmann::json report_of(const figures& since_last) {
    return {{"cmd", command},
            {"requests", since_last.requests},
            {"errors", since_last.errors},
            {"latency", since_last.latency.to_json()}};
}

std::optional<figures> figures_in(const nlohmann::json& message) {
    if (!message.is_object()) return std::nullopt;
    const auto cmd = message.find("cmd");
    if (cmd == message.end() || *cmd != command) return std::nullopt;
    const auto requests = message.find("requests");
    const auto errors = message.find("errors");
    const auto latency = message.find("latency");
    const auto end = message.end();
    if (requests == end || errors == end || latency == end || !requests->is_number_unsigned() ||
        !errors->is_number_unsigned()) {
        return std::nullopt;
    }
    figures told;
    told.requests = requests->get<std::uint64_t>();
    told.errors = errors->get<std::uint64_t>();
    told.latency.add_json(*latency);
    return told;
}

}  // namespace full_cluster
