#include <lmdb.h>

#include <cstring>

#include "07-state-sharing/lmdb_names.hpp"
#include "07-state-sharing/lmdb_transaction.hpp"
#include "07-state-sharing/lmdb_values.hpp"

namespace state {

void lmdb_aborter::operator()(MDB_txn* transaction) const {
    ::mdb_txn_abort(transaction);
}

version read_clock(MDB_txn* transaction, MDB_dbi names, const std::string& path) {
    MDB_val name = to_lmdb(lmdb_names::clock);
    MDB_val value{};
    check_lmdb("mdb_get", path, ::mdb_get(transaction, names, &name, &value));
    version result = 0;
    if (value.mv_size != sizeof result) throw_lmdb_fault("mdb_get", path, MDB_CORRUPTED);
    std::memcpy(&result, value.mv_data, sizeof result);
    return result;
}

int lmdb_reader::try_begin() {
    if (transaction_) return ::mdb_txn_renew(transaction_.get());
    MDB_txn* made = nullptr;
    const int error = ::mdb_txn_begin(environment_.handle(), nullptr, MDB_RDONLY, &made);
    if (error == 0) transaction_.reset(made);
    return error;
}

void lmdb_reader::begin() {
    int error = try_begin();
    if (error == 0) return;
    if (error == MDB_MAP_RESIZED) environment_.adopt_size();
    if (error == MDB_READERS_FULL) environment_.clear_stale_readers();
    if (error == MDB_MAP_RESIZED || error == MDB_READERS_FULL) error = try_begin();
    check_lmdb("mdb_txn_begin", environment_.data_path(), error);
}

lmdb_reader::moment::moment(lmdb_reader& reader) : reader_(reader) {
    reader_.begin();
}

lmdb_reader::moment::~moment() {
    ::mdb_txn_reset(reader_.transaction_.get());
}

std::optional<lmdb_record> lmdb_reader::moment::find(std::string_view key) const {
    MDB_val name = to_lmdb(key);
    MDB_val value{};
    const auto& environment = reader_.environment_;
    const int error = ::mdb_get(reader_.transaction_.get(), environment.records(), &name, &value);
    if (error == MDB_NOTFOUND) return std::nullopt;
    check_lmdb("mdb_get", environment.data_path(), error);
    return record_in(value, environment.data_path());
}

version lmdb_reader::moment::newest() const {
    const auto& environment = reader_.environment_;
    return read_clock(reader_.transaction_.get(), environment.names(), environment.data_path());
}

void lmdb_reader::moment::each_from(std::string_view from, const visitor& visit) const {
    const auto& environment = reader_.environment_;
    const auto& path = environment.data_path();
    const auto cursor = open_cursor(reader_.transaction_.get(), environment.records(), path);
    MDB_val key{};
    MDB_val value{};
    int error = go_to(cursor.get(), from, key, value);
    while (error == 0 && visit(from_lmdb(key), record_in(value, path))) {
        error = ::mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT);
    }
    if (error != MDB_NOTFOUND) check_lmdb("mdb_cursor_get", path, error);
}

}  // namespace state
