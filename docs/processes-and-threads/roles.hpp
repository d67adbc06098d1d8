// What a helper process does. It talks with the one that measures over descriptor 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace comparison {

inline constexpr int channel = 3;
inline constexpr std::size_t message_size = 64;
inline constexpr std::size_t block_size = 1U << 20U;
inline constexpr int workers = 4;
inline constexpr int increments = 250'000;  // of each worker

/// Plays a role to its end.
/// @return the exit code; 2 for a role that there is not
int play(const std::string& role);

/// A piece of work for a processor: about a fifth of a second, and nothing but arithmetic, whose
/// result is of no use.
std::uint64_t compute();

}  // namespace comparison
