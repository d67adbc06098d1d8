// What stands in LMDB under a key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "07-state-sharing/store.hpp"

namespace state {

/// A value with what is kept about it. The bytes are version, end of life, CRC-32, JSON text, the
/// numbers as they stand in memory: LMDB's files do not move between kinds of machines either.
struct lmdb_record {
    version changed = 0;        ///< by which change of the store
    std::int64_t until_ms = 0;  ///< when its life ends, since 1970; 0 = never
    std::string_view json;      ///< points into whatever it was read from

    [[nodiscard]] bool is_over(store::clock::time_point now) const;
    [[nodiscard]] entry to_entry() const { return {std::string(json), changed}; }

    /// The bytes for LMDB. The checksum is over the key, too.
    [[nodiscard]] std::string bytes(std::string_view key) const;

    /// Reads `bytes` in place; nothing if there are too few. The checksum is not looked at: pages
    /// that were whole when the store was opened stay so.
    [[nodiscard]] static std::optional<lmdb_record> parse(std::string_view bytes);

    /// Whether the checksum is that of these bytes under this key.
    [[nodiscard]] static bool is_whole(std::string_view key, std::string_view bytes);
};

/// Milliseconds since 1970, rounded down: a life of none is over at once.
[[nodiscard]] std::int64_t to_ms(store::clock::time_point moment);

}  // namespace state
