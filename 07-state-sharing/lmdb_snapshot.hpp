// A copy of a store on LMDB, as of one moment.
#pragma once

#include <chrono>
#include <string>

#include "07-state-sharing/lmdb_environment.hpp"

namespace state {

/// Writes the store as of now to `path`, without its free pages, in place of what is there. It is
/// on the disk when this returns.
/// @throws store_error  no_space, io, corrupt; what was there still is
void write_lmdb_snapshot(const lmdb_environment& environment, const std::string& path);

/// Makes the snapshot in `from` the store's file `to`, and keeps it as the snapshot, too.
/// @return how old it is
/// @throws store_error  no_space, io
std::chrono::seconds restore_lmdb_snapshot(const std::string& from, const std::string& to);

}  // namespace state
