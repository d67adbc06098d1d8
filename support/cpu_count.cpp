#include "support/cpu_count.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "support/syscall.hpp"

namespace support {
namespace {

namespace fs = std::filesystem;

std::string read_line(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

std::optional<int> smaller(std::optional<int> a, std::optional<int> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

// A group's limit holds for all groups below it, so every level up to the mount counts.
template <class ReadLimit>
std::optional<int> limit_along(const fs::path& mount, fs::path group, ReadLimit read_limit) {
    std::optional<int> limit = read_limit(mount);
    for (; group.has_relative_path(); group = group.parent_path()) {
        limit = smaller(limit, read_limit(mount / group.relative_path()));
    }
    return limit;
}

std::optional<int> limit_v2(const fs::path& folder) {
    return cpus_of_quota(read_line(folder / "cpu.max"));
}

std::optional<int> limit_v1(const fs::path& folder) {
    return cpus_of_quota(read_line(folder / "cpu.cfs_quota_us") + " " +
                         read_line(folder / "cpu.cfs_period_us"));
}

// Lines of /proc/self/cgroup: "0::/path" (v2) or "4:cpu,cpuacct:/path" (v1).
std::optional<int> cgroup_limit(const fs::path& root) {
    std::ifstream groups(root / "proc/self/cgroup");
    std::optional<int> limit;
    for (std::string line; std::getline(groups, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
        const fs::path group = line.substr(second + 1);
        const fs::path mount = root / "sys/fs/cgroup";
        if (controllers == ",,") limit = smaller(limit, limit_along(mount, group, limit_v2));
        if (controllers.find(",cpu,") != std::string::npos) {
            limit = smaller(limit, limit_along(mount / "cpu", group, limit_v1));
        }
    }
    return limit;
}

}  // namespace

std::optional<int> cpus_of_quota(std::string_view cpu_max) {
    std::istringstream in{std::string(cpu_max)};
    long long quota = 0;
    long long period = 0;
    if (!(in >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
    return std::max(1, static_cast<int>(quota / period));
}

int available_cpus(const fs::path& root) {
    cpu_set_t set;
    CPU_ZERO(&set);
    check("sched_getaffinity", ::sched_getaffinity(0, sizeof set, &set));
    return std::max(1, *smaller(CPU_COUNT(&set), cgroup_limit(root)));
}

}  // namespace support
