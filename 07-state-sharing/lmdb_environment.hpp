// One process's view of a store's files: LMDB's environment.
#pragma once

#include <memory>
#include <string>

#include "07-state-sharing/fair_lock.hpp"
#include "07-state-sharing/lmdb_options.hpp"

struct MDB_env;

namespace state {

/// The open environment in a folder: LMDB's file, mapped, and its table of readers.
///
/// A process must not open the same one twice: closing the second would give up the locks of the
/// first, as fcntl(2)'s go, and other processes would take this one for dead.
/// @source lmdb.h, "Caveats"
class lmdb_environment {
  public:
    /// Opens what is in `folder`, or makes it; the folder above must be there.
    ///
    /// Whoever is the first to have it open looks whether the file is whole; for all others the
    /// first one holds it open. One that is not is kept as data.mdb.corrupt.
    /// @throws store_error  corrupt: the next one to open the folder finds it empty; no_space,
    /// busy,
    ///         io
    /// @throws std::logic_error  if this process has it open already
    lmdb_environment(const std::string& folder, const lmdb_options& options);
    lmdb_environment(const lmdb_environment&) = delete;
    lmdb_environment& operator=(const lmdb_environment&) = delete;
    ~lmdb_environment();

    [[nodiscard]] MDB_env* handle() const { return handle_.get(); }
    [[nodiscard]] unsigned records() const { return records_; }  ///< the tree of that name
    [[nodiscard]] unsigned names() const { return names_; }      ///< the tree of the names
    [[nodiscard]] const std::string& data_path() const { return data_path_; }
    [[nodiscard]] const lmdb_options& options() const { return options_; }

    /// Whoever writes holds it. LMDB has a lock of its own below it, which is held by a stopped
    /// process for as long as it is stopped; this one gives up.
    [[nodiscard]] file_lock::holding lock() { return lock_.take(options_.lock_limit); }

    /// The number of the last transaction: another one after each that has changed something.
    [[nodiscard]] std::size_t last_transaction() const;

    /// Another process has been given more room: takes over what it has.
    void adopt_size();

    /// Everything that was written is on the disk.
    void sync();

    /// Frees the places of readers that have died.
    /// @return how many
    int clear_stale_readers();

  private:
    friend class lmdb_growth_limit;
    struct closer {
        void operator()(MDB_env* environment) const;
    };
    class only_one {  // in this process, of each folder
      public:
        explicit only_one(const std::string& folder);
        ~only_one();
        only_one(const only_one&) = delete;
        only_one& operator=(const only_one&) = delete;

      private:
        std::string folder_;
    };

    void open(const std::string& folder);
    void open_trees();

    lmdb_options options_;
    std::string data_path_;
    only_one only_one_;
    fair_lock lock_;
    std::unique_ptr<MDB_env, closer> handle_;
    unsigned records_ = 0;
    unsigned names_ = 0;
};

/// While it lives, this process cannot make the file longer than the room that the store was given.
///
/// LMDB needs some free pages even to erase something, so that a file that is full would be full
/// for ever. So the map is a little larger than the room, and only puts are held to the room. It
/// costs two mappings, so it is done only near the end.
class lmdb_growth_limit {
  public:
    explicit lmdb_growth_limit(lmdb_environment& environment);
    ~lmdb_growth_limit();
    lmdb_growth_limit(const lmdb_growth_limit&) = delete;
    lmdb_growth_limit& operator=(const lmdb_growth_limit&) = delete;

  private:
    lmdb_environment& environment_;
    bool limits_ = false;
};

}  // namespace state
