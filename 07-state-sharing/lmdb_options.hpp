// How a store on LMDB is to be opened.
#pragma once

#include <chrono>
#include <cstddef>

#include "07-state-sharing/durability.hpp"

namespace state {

/// The same for all processes that share a store.
struct lmdb_options {
    /// What survives a power failure: all of it, or the last snapshot (see lmdb_keeper).
    durability lasts = durability::process;
    /// How much the file may hold; then writes are refused (no_space). It is address space, not
    /// memory, so that it may well be more than is ever needed.   [bytes]
    std::size_t room = std::size_t{64} << 20U;
    /// How long a write waits for other processes' before it is `busy`.   [milliseconds]
    std::chrono::milliseconds lock_limit{2000};
    /// How many processes may have the store open and read. Whoever opens it first decides.
    unsigned readers = 126;
};

}  // namespace state
