// Looking into LMDB at one moment, and writing into it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "07-state-sharing/lmdb_environment.hpp"
#include "07-state-sharing/lmdb_record.hpp"

struct MDB_txn;
struct MDB_cursor;

namespace state {

/// Ends a transaction of LMDB; one that was not committed changes nothing.
struct lmdb_aborter {
    void operator()(MDB_txn* transaction) const;
};

/// A process's place in the table of readers. It is taken with the first look and kept: finding one
/// takes a lock, renewing takes none.
class lmdb_reader {
  public:
    explicit lmdb_reader(lmdb_environment& environment) : environment_(environment) {}

    /// What is in the store at one moment. It keeps the pages of that moment from being used again,
    /// so it lives for as long as one operation. One at a time.
    /// @throws store_error  io: MDB_READERS_FULL, there is no place left
    class moment {
      public:
        explicit moment(lmdb_reader& reader);
        ~moment();
        moment(const moment&) = delete;
        moment& operator=(const moment&) = delete;

        /// @return what stands under `key`, its life over or not; good for as long as the moment
        [[nodiscard]] std::optional<lmdb_record> find(std::string_view key) const;
        [[nodiscard]] version newest() const;
        /// From the first key that is not less than `from`, until `visit` returns false.
        using visitor = std::function<bool(std::string_view key, const lmdb_record& record)>;
        void each_from(std::string_view from, const visitor& visit) const;

      private:
        lmdb_reader& reader_;
    };

  private:
    void begin();
    [[nodiscard]] int try_begin();

    lmdb_environment& environment_;
    std::unique_ptr<MDB_txn, lmdb_aborter> transaction_;
};

/// Changes that become visible together. The environment's lock is held by the caller.
/// @throws store_error  every operation: no_space, corrupt, io; all of it is undone then
class lmdb_writing {
  public:
    explicit lmdb_writing(lmdb_environment& environment);

    void put(std::string_view key, const lmdb_record& record);
    void erase(std::string_view key);  ///< nothing, if it is not there
    [[nodiscard]] version newest() const;
    void set_newest(version newest);

    /// Looks at `most` records from the key `from` on, and erases those for which `is_over`, but no
    /// more than `most_erased`.
    /// @return the key where it stopped; nothing at the end
    std::optional<std::string> sweep(std::string_view from, std::size_t most,
                                     std::size_t most_erased,
                                     const std::function<bool(const lmdb_record&)>& is_over);

    /// Other processes see the changes. The object is of no use then.
    void commit();

  private:
    lmdb_environment& environment_;
    std::unique_ptr<MDB_txn, lmdb_aborter> transaction_;
};

}  // namespace state
