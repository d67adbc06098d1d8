// The time of day as pages and messages tell it.
#pragma once

#include <chrono>
#include <cstdint>

namespace full_cluster {

/// Since 1970, as JavaScript's Date takes it.
[[nodiscard]] inline std::int64_t in_milliseconds(std::chrono::system_clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

[[nodiscard]] inline std::int64_t now_in_milliseconds() {
    return in_milliseconds(std::chrono::system_clock::now());
}

}  // namespace full_cluster
