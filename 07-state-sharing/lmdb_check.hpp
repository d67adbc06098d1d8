// Whether a file is a whole store of LMDB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace state {

/// How much of the file is looked at.
enum class lmdb_check_depth {
    head,   ///< that it is LMDB's, and of this version; and the rest if it is shorter than it says
    whole,  ///< each page, each record's checksum, and the list of free pages
};

/// Looks at a file that nobody has open, without LMDB: LMDB believes what it maps, and a process
/// that maps a file which was cut is killed (SIGBUS) when it touches what is missing.
/// @return what is wrong, in words; nothing if all is well
/// @throws store_error  io, if the file cannot be read
[[nodiscard]] std::optional<std::string> find_lmdb_fault(const std::string& path,
                                                         lmdb_check_depth depth);

/// The number of the newest transaction in the file.
/// @return nothing if the file is no store of LMDB, or is not there
[[nodiscard]] std::optional<std::uint64_t> newest_lmdb_transaction(const std::string& path);

}  // namespace state
