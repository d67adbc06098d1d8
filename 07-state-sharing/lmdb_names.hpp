// What our store is made of, inside of LMDB and as files.
#pragma once

#include <string>

namespace state::lmdb_names {

// In LMDB's tree of names. The clock stands there and not in a tree of its own because each commit
// writes that page anyway.
inline constexpr const char* records = "records";  ///< a tree: our keys and values
inline constexpr const char* clock = "clock";      ///< a value: the newest version

// In the store's folder. The first two names are LMDB's own.
inline constexpr const char* data = "data.mdb";
inline constexpr const char* readers = "lock.mdb";  ///< who reads what; shared memory
inline constexpr const char* lock = "write.lock";   ///< held by whoever opens, closes or writes
inline constexpr const char* snapshot = "snapshot.mdb";
inline constexpr const char* marker = "marker.json";  ///< how the last primary ended

}  // namespace state::lmdb_names

namespace state {

/// The path of one of these files.
[[nodiscard]] inline std::string path_in(const std::string& folder, const char* name) {
    return folder + "/" + name;
}

}  // namespace state
