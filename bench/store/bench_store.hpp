// What store_rate asks of a store, whatever it is made of: text under keys.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "07-state-sharing/durability.hpp"

namespace bench {

/// A store as one process has it open. Values are JSON text, so that all kinds keep the same bytes.
class bench_store {
  public:
    bench_store() = default;
    bench_store(const bench_store&) = delete;
    bench_store& operator=(const bench_store&) = delete;
    virtual ~bench_store() = default;

    [[nodiscard]] virtual std::optional<std::string> get(const std::string& key) = 0;
    /// @param content  without quotes and escapes: the value is this as a JSON string
    virtual void put(const std::string& key, const std::string& content) = 0;
};

/// Where a store is, and what a write survives.
struct store_place {
    std::string folder;
    std::string socket;  ///< of the Redis server
    state::durability lasts = state::durability::process;
};

/// Our own, on LMDB: `lmdb_store`.
[[nodiscard]] std::unique_ptr<bench_store> open_lmdb(const store_place& place);
/// Our own, in one file: `file_store`.
[[nodiscard]] std::unique_ptr<bench_store> open_file(const store_place& place);
/// One JSON file as one writes it first: parsed at each get, parsed and rewritten at each put.
[[nodiscard]] std::unique_ptr<bench_store> open_json(const store_place& place);
/// A Redis server that somebody else has started.
[[nodiscard]] std::unique_ptr<bench_store> open_redis(const store_place& place);
/// SQLite with a write-ahead log.
[[nodiscard]] std::unique_ptr<bench_store> open_sqlite(const store_place& place);

/// The value that put() makes of its content.
[[nodiscard]] inline std::string in_quotes(const std::string& content) {
    return '"' + content + '"';
}

}  // namespace bench
