// How many processes can run at the same time here.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace support {

/// Cpus this process may use: the cpu affinity, or the cgroup's quota (rounded down) when that is
/// less; at least 1.
///
/// A container with `--cpus 2` on a machine of 64 gets 2, which is what a cluster should start.
/// @param root  where /proc and /sys are found; only tests give another one
/// @source sched_getaffinity(2); the kernel's cgroup-v2 "cpu.max" and cgroup-v1 "cpu.cfs_quota_us"
[[nodiscard]] int available_cpus(const std::filesystem::path& root = "/");

/// The cpus that a quota grants, from the text of cgroup v2's cpu.max: "200000 100000" is 2, "max
/// 100000" no limit.
[[nodiscard]] std::optional<int> cpus_of_quota(std::string_view cpu_max);

}  // namespace support
