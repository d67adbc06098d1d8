#include "07-state-sharing/full_cluster/process_look.hpp"

#include <fstream>
#include <string>

namespace full_cluster {
namespace {

std::ifstream open_proc(pid_t pid, const char* file) {
    return std::ifstream("/proc/" + std::to_string(pid) + "/" + file);
}

}  // namespace

std::uint64_t memory_of(pid_t pid) {
    auto file = open_proc(pid, "smaps_rollup");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("Pss:")) return std::stoull(line.substr(4)) * 1024;
    }
    return 0;
}

bool is_stopped(pid_t pid) {
    auto file = open_proc(pid, "stat");
    std::string line;
    std::getline(file, line);
    // The name before the state is in parentheses, and may have some itself.
    const auto name_end = line.rfind(')');
    return name_end != std::string::npos && name_end + 2 < line.size() && line[name_end + 2] == 'T';
}

}  // namespace full_cluster
