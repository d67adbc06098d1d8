// The primary's side of a store on LMDB: snapshots, and what they are for.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "07-state-sharing/lmdb_options.hpp"
#include "07-state-sharing/lmdb_store.hpp"

namespace state {

/// Opens a store for a cluster, keeps snapshots of it, and brings the last one back when the file
/// cannot be trusted.
///
/// With durability::process the kernel writes pages to the disk when it likes. The death of
/// processes does no harm to that; a power failure may leave any mixture of old and new pages. So
/// the folder says under which start of the kernel the store is in use, and whether it was ended
/// cleanly. After a start of another one, without a clean end, the file is kept as
/// data.mdb.unclean, and the store is as of the last snapshot. Likewise if the file is cut, or
/// another one: kept as data.mdb.corrupt. Versions go on at least 2^32 later then, so that no
/// number is given twice.
///
/// One for each folder: the owner of the state directory has it.
class lmdb_keeper {
  public:
    /// Opens the store in `folder`, before any worker does.
    /// @throws store_error  corrupt if the file is bad and there is no snapshot of it; no_space,
    ///         busy, io
    /// @throws std::logic_error  if this process has it open already
    explicit lmdb_keeper(const std::string& folder, const lmdb_options& options = {});

    /// The store. Workers open it themselves, as a lmdb_store with the same options.
    [[nodiscard]] lmdb_store& store() { return *store_; }

    /// What was wrong at the start and what was done about it, one sentence each, for the log.
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

    /// Writes a snapshot, to the disk, if something has changed since the last one. Call it once a
    /// minute: what it is late is what a power failure takes. It reads the store at one moment
    /// while others go on writing, and takes the time that the disk needs.
    /// @return whether there was something to write
    /// @throws store_error  no_space, io; the last snapshot is still there then
    bool snapshot();

    /// The clean end: all is on the disk and in the snapshot, and the next start finds nothing to
    /// repair. After the last worker has ended; a write after it makes the end an unclean one.
    /// @throws store_error  no_space, io
    void end();

  private:
    void open();
    void put_snapshot_in_place();
    void skip_versions();

    std::string folder_;
    std::string snapshot_path_;
    lmdb_options options_;
    std::optional<lmdb_store> store_;
    std::vector<std::string> notes_;
    std::optional<std::size_t> saved_;  // the last transaction in the snapshot
};

}  // namespace state
