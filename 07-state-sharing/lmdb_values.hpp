// Bytes as LMDB takes and gives them. Not for headers: it needs lmdb.h.
#pragma once

#include <lmdb.h>

#include <memory>
#include <string>
#include <string_view>

#include "07-state-sharing/lmdb_fault.hpp"
#include "07-state-sharing/lmdb_record.hpp"

namespace state {

/// LMDB reads what a MDB_val points to, and never writes into it.
[[nodiscard]] inline MDB_val to_lmdb(std::string_view bytes) {
    return {bytes.size(), const_cast<char*>(bytes.data())};
}

[[nodiscard]] inline std::string_view from_lmdb(const MDB_val& value) {
    return {static_cast<const char*>(value.mv_data), value.mv_size};
}

/// The record in `value`.
/// @throws store_error  corrupt
[[nodiscard]] inline lmdb_record record_in(const MDB_val& value, const std::string& path) {
    const auto record = lmdb_record::parse(from_lmdb(value));
    if (!record) throw_lmdb_fault("parse", path, MDB_CORRUPTED);
    return *record;
}

struct cursor_closer {
    void operator()(MDB_cursor* cursor) const { ::mdb_cursor_close(cursor); }
};

[[nodiscard]] inline std::unique_ptr<MDB_cursor, cursor_closer> open_cursor(
    MDB_txn* transaction, MDB_dbi tree, const std::string& path) {
    MDB_cursor* cursor = nullptr;
    check_lmdb("mdb_cursor_open", path, ::mdb_cursor_open(transaction, tree, &cursor));
    return std::unique_ptr<MDB_cursor, cursor_closer>(cursor);
}

/// Goes to the first key that is not less than `from`, or to the very first if that is empty.
/// @return 0 or MDB_NOTFOUND
inline int go_to(MDB_cursor* cursor, std::string_view from, MDB_val& key, MDB_val& value) {
    key = to_lmdb(from);
    return ::mdb_cursor_get(cursor, &key, &value, from.empty() ? MDB_FIRST : MDB_SET_RANGE);
}

/// The newest version of the store, as the transaction sees it.
[[nodiscard]] version read_clock(MDB_txn* transaction, MDB_dbi names, const std::string& path);

}  // namespace state
