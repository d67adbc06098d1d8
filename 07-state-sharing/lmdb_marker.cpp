#include "07-state-sharing/lmdb_marker.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "07-state-sharing/atomic_file.hpp"
#include "07-state-sharing/lmdb_check.hpp"
#include "07-state-sharing/lmdb_names.hpp"

namespace state {
namespace {

atomic_file marker_file(const std::string& folder) {
    return {path_in(folder, lmdb_names::marker), durability::disk, {}};
}

lmdb_marker parse(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return {};
    lmdb_marker result;
    result.boot = json.value("boot", "");
    result.lasts = json.value("durability", "") == "disk" ? durability::disk : durability::process;
    result.clean_at = json.value("clean_at", std::uint64_t{0});
    return result;
}

}  // namespace

std::string present_boot() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

std::optional<lmdb_marker> read_marker(const std::string& folder) {
    std::optional<lmdb_marker> result;
    marker_file(folder).read_if_changed([&](const std::optional<std::string>& bytes) {
        if (!bytes) return;
        try {
            result = parse(*bytes);
        } catch (const nlohmann::json::exception&) {  // a member of another type
            result = lmdb_marker();
        }
    });
    return result;
}

void write_marker(const std::string& folder, const lmdb_marker& marker) {
    const nlohmann::json json{{"boot", marker.boot},
                              {"durability", marker.lasts == durability::disk ? "disk" : "process"},
                              {"clean_at", marker.clean_at}};
    auto file = marker_file(folder);
    file.sweep();
    file.replace(json.dump() + "\n");
}

bool ended_cleanly(const std::string& folder) {
    const auto marker = read_marker(folder);
    if (!marker || marker->clean_at == 0) return false;
    return newest_lmdb_transaction(path_in(folder, lmdb_names::data)) == marker->clean_at;
}

bool lost_power(const std::string& folder) {
    const auto marker = read_marker(folder);
    if (!marker || marker->lasts == durability::disk) return false;
    const bool same_boot = !marker->boot.empty() && marker->boot == present_boot();
    return !same_boot && !ended_cleanly(folder);
}

}  // namespace state
