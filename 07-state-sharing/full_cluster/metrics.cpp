// The cluster in the words of Prometheus. One family after another, as its format wants it.
#include <algorithm>
#include <array>
#include <iomanip>
#include <map>
#include <sstream>
#include <string_view>

#include "07-state-sharing/full_cluster/cluster_view.hpp"

namespace full_cluster {
namespace {

void begin(std::ostream& out, std::string_view name, std::string_view type, std::string_view help) {
    out << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type << '\n';
}

template <class Value>
void single(std::ostream& out, std::string_view name, std::string_view type, std::string_view help,
            Value value) {
    begin(out, name, type, help);
    out << name << ' ' << value << '\n';
}

// How the values of two workers in one slot become one: what belongs to the slot both have.
enum class joined { sum, largest };

struct per_slot {
    std::string_view name;
    std::string_view type;
    std::string_view help;
    joined together;
    std::uint64_t (*value)(const worker_view&);
};

// Labelled by slot, which stays, and not by pid, of which there is no end.
constexpr std::array<per_slot, 6> slots{{
    {"worker_up", "gauge", "Whether the slot has a worker that listens.", joined::largest,
     [](const worker_view& of) -> std::uint64_t { return of.state == "listening" ? 1 : 0; }},
    {"worker_requests_total", "counter", "Requests answered by the slot's workers.",
     joined::largest, [](const worker_view& of) { return of.requests; }},
    {"worker_restarts_total", "counter", "Workers that were replaced because they had failed.",
     joined::largest, [](const worker_view& of) { return of.restarts; }},
    {"worker_connections", "gauge", "Open connections.", joined::sum,
     [](const worker_view& of) { return of.connections; }},
    {"worker_memory_bytes", "gauge", "Memory, the worker's proportional share.", joined::sum,
     [](const worker_view& of) { return of.memory; }},
    {"worker_uptime_milliseconds", "gauge", "Age of the slot's oldest worker.", joined::largest,
     [](const worker_view& of) { return static_cast<std::uint64_t>(of.uptime.count()); }},
}};

using values = std::map<int, std::uint64_t>;  // by slot

void add(values& found, const per_slot& family, const worker_view& of) {
    const auto value = family.value(of);
    auto& known = found[of.slot];
    known = family.together == joined::sum ? known + value : std::max(known, value);
}

values values_of(const per_slot& family, const cluster_view& view) {
    values found;
    for (const auto& each : view.workers) add(found, family, each);
    for (const auto& each : view.dropped) add(found, family, each);
    return found;
}

void duration_histogram(std::ostream& out, const latency_histogram& all) {
    constexpr std::string_view name = "request_duration_seconds";
    begin(out, name, "histogram", "How long the answer was in the making.");
    using micro = std::chrono::microseconds;
    constexpr std::array<std::pair<std::string_view, micro>, 9> limits{{{"0.0001", micro(100)},
                                                                        {"0.0005", micro(500)},
                                                                        {"0.001", micro(1'000)},
                                                                        {"0.005", micro(5'000)},
                                                                        {"0.01", micro(10'000)},
                                                                        {"0.05", micro(50'000)},
                                                                        {"0.1", micro(100'000)},
                                                                        {"0.5", micro(500'000)},
                                                                        {"1", micro(1'000'000)}}};
    for (const auto& [label, limit] : limits) {
        out << name << "_bucket{le=\"" << label << "\"} " << all.count_up_to(limit) << '\n';
    }
    out << name << "_bucket{le=\"+Inf\"} " << all.count() << '\n';
    out << name << "_sum " << static_cast<double>(all.sum().count()) / 1e6 << '\n';
    out << name << "_count " << all.count() << '\n';
}

}  // namespace

std::string metrics_of(const cluster_view& view) {
    std::ostringstream out;
    out << std::setprecision(15);  // six digits would let a sum of seconds stand still
    single(out, "cluster_requests_total", "counter", "Requests answered.", view.requests);
    single(out, "cluster_errors_total", "counter", "Requests answered with 500 or above.",
           view.errors);
    single(out, "cluster_reloads_total", "counter", "Rolling reloads that were done.",
           view.reloads);
    single(out, "cluster_workers_wanted", "gauge", "How many workers there shall be.", view.wanted);
    single(out, "cluster_uptime_seconds", "gauge", "Age of the primary.",
           static_cast<double>(view.uptime.count()) / 1000);
    for (const auto& family : slots) {
        begin(out, family.name, family.type, family.help);
        for (const auto& [slot, value] : values_of(family, view)) {
            out << family.name << "{slot=\"" << slot << "\"} " << value << '\n';
        }
    }
    duration_histogram(out, view.all);
    return out.str();
}

}  // namespace full_cluster
