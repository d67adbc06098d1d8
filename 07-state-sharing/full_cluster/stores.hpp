// The store that the command line asks for.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "07-state-sharing/full_cluster/settings.hpp"
#include "07-state-sharing/lmdb_keeper.hpp"
#include "07-state-sharing/store.hpp"
#include "support/asio.hpp"

namespace full_cluster {

/// A worker's way to it.
/// @throws state::store_error
[[nodiscard]] std::unique_ptr<state::store> open_store(const settings& given);

/// The primary's, which also looks after it. Opened before any worker is started.
class kept_store {
  public:
    /// What had to be repaired is logged.
    /// @throws state::store_error if there is no way to a valid state
    explicit kept_store(const settings& given);
    kept_store(const kept_store&) = delete;
    kept_store& operator=(const kept_store&) = delete;

    [[nodiscard]] state::store& get() { return keeper_ ? keeper_->store() : *own_; }

    /// A worker has ended, however it did.
    void worker_ended();

    /// Writes a snapshot each minute, until it is cancelled; at once completed for a store that
    /// needs none.
    [[nodiscard]] asio::awaitable<void> keep();

    /// The clean end, after the last worker. What fails is logged: the next start repairs it.
    void close();

  private:
    std::optional<state::lmdb_keeper> keeper_;
    std::unique_ptr<state::store> own_;  // without a keeper
};

}  // namespace full_cluster
