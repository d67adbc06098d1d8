// How the last primary has left a store: what is known after a power failure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "07-state-sharing/durability.hpp"

namespace state {

/// A small file beside LMDB's, which the primary writes when it begins and when it ends.
struct lmdb_marker {
    std::string boot;  ///< under which start of the kernel the store was written
    durability lasts = durability::process;
    /// The last transaction when everything had been brought to the disk; 0 while the store is in
    /// use. A store that has gone on since then has another last one.
    std::uint64_t clean_at = 0;
};

/// What this start of the kernel calls itself; empty if it does not say.
/// @source /proc/sys/kernel/random/boot_id, random(4)
[[nodiscard]] std::string present_boot();

/// @return nothing if there is none; one of no boot if it cannot be read as one
/// @throws store_error  io
[[nodiscard]] std::optional<lmdb_marker> read_marker(const std::string& folder);

/// Writes it, and to the disk.
/// @throws store_error  no_space, io
void write_marker(const std::string& folder, const lmdb_marker& marker);

/// Whether the file is as a primary left it after it had brought everything to the disk.
[[nodiscard]] bool ended_cleanly(const std::string& folder);

/// Whether the machine may have lost power while writes were in its memory only. Then any page of
/// the file may be older than the others.
[[nodiscard]] bool lost_power(const std::string& folder);

}  // namespace state
