#include <lmdb.h>

#include "07-state-sharing/lmdb_names.hpp"
#include "07-state-sharing/lmdb_transaction.hpp"
#include "07-state-sharing/lmdb_values.hpp"

namespace state {

lmdb_writing::lmdb_writing(lmdb_environment& environment) : environment_(environment) {
    MDB_txn* made = nullptr;
    int error = ::mdb_txn_begin(environment.handle(), nullptr, 0, &made);
    if (error == MDB_MAP_RESIZED) {
        environment.adopt_size();
        error = ::mdb_txn_begin(environment.handle(), nullptr, 0, &made);
    }
    check_lmdb("mdb_txn_begin", environment.data_path(), error);
    transaction_.reset(made);
}

void lmdb_writing::put(std::string_view key, const lmdb_record& record) {
    const auto bytes = record.bytes(key);
    MDB_val name = to_lmdb(key);
    MDB_val value = to_lmdb(bytes);
    check_lmdb("mdb_put", environment_.data_path(),
               ::mdb_put(transaction_.get(), environment_.records(), &name, &value, 0));
}

void lmdb_writing::erase(std::string_view key) {
    MDB_val name = to_lmdb(key);
    const int error = ::mdb_del(transaction_.get(), environment_.records(), &name, nullptr);
    if (error != MDB_NOTFOUND) check_lmdb("mdb_del", environment_.data_path(), error);
}

version lmdb_writing::newest() const {
    return read_clock(transaction_.get(), environment_.names(), environment_.data_path());
}

void lmdb_writing::set_newest(version newest) {
    MDB_val name = to_lmdb(lmdb_names::clock);
    MDB_val value{sizeof newest, &newest};
    check_lmdb("mdb_put", environment_.data_path(),
               ::mdb_put(transaction_.get(), environment_.names(), &name, &value, 0));
}

std::optional<std::string> lmdb_writing::sweep(
    std::string_view from, std::size_t most, std::size_t most_erased,
    const std::function<bool(const lmdb_record&)>& is_over) {
    const auto& path = environment_.data_path();
    const auto cursor = open_cursor(transaction_.get(), environment_.records(), path);
    MDB_val key{};
    MDB_val value{};
    std::size_t erased = 0;
    int error = go_to(cursor.get(), from, key, value);
    for (std::size_t looked = 0; error == 0; ++looked) {
        if (looked == most || erased == most_erased) return std::string(from_lmdb(key));
        if (is_over(record_in(value, path))) {
            check_lmdb("mdb_cursor_del", path, ::mdb_cursor_del(cursor.get(), 0));
            ++erased;
        }
        error = ::mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT);
    }
    if (error != MDB_NOTFOUND) check_lmdb("mdb_cursor_get", path, error);
    return std::nullopt;
}

void lmdb_writing::commit() {
    // LMDB frees it, whatever it returns.
    check_lmdb("mdb_txn_commit", environment_.data_path(),
               ::mdb_txn_commit(transaction_.release()));
}

}  // namespace state
