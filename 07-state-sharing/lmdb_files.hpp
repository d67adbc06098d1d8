// What must be true of a store's files before LMDB maps them.
#pragma once

#include <string>

namespace state {

/// Makes the folder, readable for this user alone, unless it is there.
/// @throws store_error  no_space, io
void make_lmdb_folder(const std::string& folder);

/// @throws store_error  io, if the system does not say
[[nodiscard]] bool file_exists(const std::string& path);

/// Whether some process has the environment open with this table of readers. Only for a process
/// that has not: closing the file gives up its own locks.
/// @throws store_error  io
[[nodiscard]] bool is_open_elsewhere(const std::string& readers_path);

/// Makes an empty store in `folder`, or looks whether the one there is whole; one that is not is
/// kept under another name. Only if nobody has it open, with the lock held.
/// @throws store_error  corrupt: and under which name it was kept; no_space, io
void make_or_check_lmdb_file(const std::string& folder);

/// Makes an empty table of readers, with its place on the disk. LMDB would map a file with a hole
/// in it, and a process that writes into the map when the disk is full is killed (SIGBUS). Only if
/// nobody has it open: the others have mapped as much as there was.
/// @throws store_error  no_space, io
void make_reader_table(const std::string& readers_path, unsigned readers);

/// Gives `path` a name of its own with `ending`: data.mdb.corrupt, or data.mdb.corrupt.2 …
/// @return which name
/// @throws store_error  no_space, io
std::string keep_aside(const std::string& path, const std::string& ending);

/// The names in the folder of `path` are on the disk.
/// @throws store_error  io
void sync_folder_of(const std::string& path);

}  // namespace state
