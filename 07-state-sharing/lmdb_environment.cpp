#include "07-state-sharing/lmdb_environment.hpp"

#include <lmdb.h>

#include <filesystem>
#include <optional>
#include <set>
#include <stdexcept>

#include "07-state-sharing/file_fault.hpp"
#include "07-state-sharing/lmdb_fault.hpp"
#include "07-state-sharing/lmdb_files.hpp"
#include "07-state-sharing/lmdb_names.hpp"
#include "support/syscall.hpp"

namespace state {
namespace {

// What may be erased when all room is taken: a commit needs some ten pages, which are free again
// after the next one.
constexpr std::size_t reserve = std::size_t{1} << 20U;
// More than one put can need: its value, the pages above it, and the list of free pages.
constexpr std::size_t largest_put = std::size_t{4} << 20U;

std::set<std::string>& open_folders() {
    static std::set<std::string> folders;
    return folders;
}

}  // namespace

lmdb_environment::only_one::only_one(const std::string& folder) {
    make_lmdb_folder(folder);
    folder_ = std::filesystem::canonical(folder).string();
    if (!open_folders().insert(folder_).second) {
        throw std::logic_error(folder_ + " is open already; a process opens a store once");
    }
}

lmdb_environment::only_one::~only_one() {
    open_folders().erase(folder_);
}

void lmdb_environment::closer::operator()(MDB_env* environment) const {
    ::mdb_env_close(environment);
}

lmdb_environment::lmdb_environment(const std::string& folder, const lmdb_options& options)
    : options_(options),
      data_path_(path_in(folder, lmdb_names::data)),
      only_one_(folder),
      lock_(path_in(folder, lmdb_names::lock)) {
    ignore_file_size_signal();
    const auto held = lock();  // LMDB may fail to open what another one opens or closes just now
    const auto readers_path = path_in(folder, lmdb_names::readers);
    if (!is_open_elsewhere(readers_path)) {
        make_or_check_lmdb_file(folder);
        make_reader_table(readers_path, options.readers);
    }
    open(folder);
}

lmdb_environment::~lmdb_environment() {
    std::optional<file_lock::holding> held;
    try {
        held.emplace(lock());
    } catch (const store_error&) {  // somebody is stopped; waiting longer helps nobody
    }
    handle_.reset();
}

void lmdb_environment::open(const std::string& folder) {
    MDB_env* made = nullptr;
    check_lmdb("mdb_env_create", data_path_, ::mdb_env_create(&made));
    handle_.reset(made);
    check_lmdb("mdb_env_set_maxdbs", data_path_, ::mdb_env_set_maxdbs(made, 1));
    check_lmdb("mdb_env_set_maxreaders", data_path_,
               ::mdb_env_set_maxreaders(made, options_.readers));
    check_lmdb("mdb_env_set_mapsize", data_path_,
               ::mdb_env_set_mapsize(made, options_.room + reserve));
    // NOTLS: a place in the table of readers belongs to the transaction that we use again and
    // again, not to the thread.
    const unsigned flags = MDB_NOTLS | (options_.lasts == durability::process ? MDB_NOSYNC : 0U);
    check_lmdb("mdb_env_open", data_path_,
               ::mdb_env_open(made, folder.c_str(), flags, private_file));
    // LMDB sees to its other descriptors itself.
    int fd = -1;
    check_lmdb("mdb_env_get_fd", data_path_, ::mdb_env_get_fd(made, &fd));
    support::set_close_on_exec(fd);
    clear_stale_readers();
    open_trees();
}

void lmdb_environment::open_trees() {
    MDB_txn* reading = nullptr;
    check_lmdb("mdb_txn_begin", data_path_,
               ::mdb_txn_begin(handle(), nullptr, MDB_RDONLY, &reading));
    int error = ::mdb_dbi_open(reading, nullptr, 0, &names_);
    if (error == 0) error = ::mdb_dbi_open(reading, lmdb_names::records, 0, &records_);
    if (error != 0) ::mdb_txn_abort(reading);
    check_lmdb("mdb_dbi_open", data_path_, error);
    check_lmdb("mdb_txn_commit", data_path_, ::mdb_txn_commit(reading));
}

std::size_t lmdb_environment::last_transaction() const {
    MDB_envinfo info{};
    check_lmdb("mdb_env_info", data_path_, ::mdb_env_info(handle(), &info));
    return info.me_last_txnid;
}

void lmdb_environment::adopt_size() {
    check_lmdb("mdb_env_set_mapsize", data_path_, ::mdb_env_set_mapsize(handle(), 0));
}

void lmdb_environment::sync() {
    check_lmdb("mdb_env_sync", data_path_, ::mdb_env_sync(handle(), 1));
}

int lmdb_environment::clear_stale_readers() {
    int cleared = 0;
    check_lmdb("mdb_reader_check", data_path_, ::mdb_reader_check(handle(), &cleared));
    return cleared;
}

lmdb_growth_limit::lmdb_growth_limit(lmdb_environment& environment) : environment_(environment) {
    MDB_envinfo info{};
    MDB_stat about{};
    check_lmdb("mdb_env_info", environment.data_path(),
               ::mdb_env_info(environment.handle(), &info));
    check_lmdb("mdb_env_stat", environment.data_path(),
               ::mdb_env_stat(environment.handle(), &about));
    const auto room = environment.options().room;
    if ((info.me_last_pgno + 1) * about.ms_psize + largest_put <= room) return;
    limits_ = true;
    // Never less than there is already: LMDB sees to it.
    check_lmdb("mdb_env_set_mapsize", environment.data_path(),
               ::mdb_env_set_mapsize(environment.handle(), room));
}

// Without its map the process cannot go on: an exception out of here ends it.
lmdb_growth_limit::~lmdb_growth_limit() {
    if (!limits_) return;
    check_lmdb("mdb_env_set_mapsize", environment_.data_path(),
               ::mdb_env_set_mapsize(environment_.handle(), environment_.options().room + reserve));
}

}  // namespace state
