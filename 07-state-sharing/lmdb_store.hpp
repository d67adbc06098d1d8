// A store on LMDB: the default of the full cluster.
#pragma once

#include <cstddef>
#include <string>

#include "07-state-sharing/lmdb_environment.hpp"
#include "07-state-sharing/lmdb_options.hpp"
#include "07-state-sharing/lmdb_transaction.hpp"
#include "07-state-sharing/store.hpp"

namespace state {

/// The promises of `store` on LMDB: a B+ tree in a file that all processes have mapped. A reader
/// takes no lock and waits for nobody; one process writes at a time. Right for many values, many
/// readers and many writes.
///
/// A value whose life is over keeps its room until a later write comes by it; each write looks at a
/// few keys for that.
class lmdb_store : public store {
  public:
    /// Opens the store in the directory `folder`, or makes it; the one above it must be there.
    /// @throws store_error  corrupt: it was kept as data.mdb.corrupt, and the next one to open the
    ///         folder finds it empty (lmdb_keeper brings the last snapshot back); no_space, busy,
    ///         io
    /// @throws std::logic_error  if this process has it open already
    explicit lmdb_store(const std::string& folder, const lmdb_options& options = {});

    [[nodiscard]] version latest() override;

    /// Frees the places of processes that died while they read; until then, no page that they saw
    /// is used again, and the file grows. For the primary, after a worker has died.
    /// @return how many
    int clear_stale_readers() { return environment_.clear_stale_readers(); }

  protected:
    [[nodiscard]] std::optional<entry> read(std::string_view key) override;
    std::optional<entry> transact(std::string_view key, const decision& decide) override;
    [[nodiscard]] std::vector<named_entry> read_all(std::string_view prefix,
                                                    std::size_t most) override;

  private:
    friend class lmdb_keeper;
    version put(std::string_view key, const change& what);
    version put_once(std::string_view key, const change& what);
    void make_room();
    void erase_once(std::string_view key);
    void sweep(lmdb_writing& writing, std::size_t looked_at);

    lmdb_environment environment_;
    lmdb_reader reader_;
    std::string sweep_from_;  // where the next write looks for values that are over
};

}  // namespace state
