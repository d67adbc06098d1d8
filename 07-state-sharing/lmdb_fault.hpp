// What an error code of LMDB means for the store.
#pragma once

#include <string>
#include <string_view>

namespace state {

/// Throws for what the function `call` of LMDB returned: no_space if the map, the disk or a quota
/// is full, corrupt if the file is not LMDB's, otherwise io.
/// @param code  no 0
/// @param path  the file of the store, or the one it was about
[[noreturn]] void throw_lmdb_fault(std::string_view call, const std::string& path, int code);

/// Nothing, if `code` is 0.
/// @throws store_error  no_space, corrupt, io
inline void check_lmdb(std::string_view call, const std::string& path, int code) {
    if (code != 0) throw_lmdb_fault(call, path, code);
}

}  // namespace state
