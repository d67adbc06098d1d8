#include "07-state-sharing/lmdb_keeper.hpp"

#include "07-state-sharing/lmdb_files.hpp"
#include "07-state-sharing/lmdb_marker.hpp"
#include "07-state-sharing/lmdb_names.hpp"
#include "07-state-sharing/lmdb_snapshot.hpp"

namespace state {
lmdb_keeper::lmdb_keeper(const std::string& folder, const lmdb_options& options)
    : folder_(folder), snapshot_path_(path_in(folder, lmdb_names::snapshot)), options_(options) {
    make_lmdb_folder(folder_);
    const auto data = path_in(folder_, lmdb_names::data);
    const bool in_use = is_open_elsewhere(path_in(folder_, lmdb_names::readers));
    if (!in_use && file_exists(data) && lost_power(folder_)) {
        notes_.push_back(
            "the machine stopped while " + data +
            " was in use, so its last writes may be half on the disk; it was kept as " +
            keep_aside(data, ".unclean"));
    }
    // Looked at once more: we may have died here the last time.
    if (!file_exists(data)) put_snapshot_in_place();
    if (!in_use) write_marker(folder_, {present_boot(), options_.lasts, 0});
    open();
    if (!file_exists(snapshot_path_)) snapshot();
}

void lmdb_keeper::open() {
    try {
        store_.emplace(folder_, options_);
    } catch (const store_error& error) {
        if (error.fault() != store_fault::corrupt || !file_exists(snapshot_path_)) throw;
        notes_.emplace_back(error.what());
        put_snapshot_in_place();
        store_.emplace(folder_, options_);
    }
    if (!notes_.empty()) skip_versions();
}

void lmdb_keeper::put_snapshot_in_place() {
    if (!file_exists(snapshot_path_)) {
        if (!notes_.empty()) notes_.emplace_back("there is no snapshot, so the store begins empty");
        return;
    }
    const auto age = restore_lmdb_snapshot(snapshot_path_, path_in(folder_, lmdb_names::data));
    notes_.push_back("the store goes on with " + snapshot_path_ + ", which was written " +
                     std::to_string(age.count()) + " s ago");
}

// What was written after the snapshot had versions, too, and somebody may remember one of them.
void lmdb_keeper::skip_versions() {
    constexpr version more_than_were_lost = version{1} << 32U;
    const auto held = store_->environment_.lock();
    lmdb_writing writing(store_->environment_);
    writing.set_newest(writing.newest() + more_than_were_lost);
    writing.commit();
}

bool lmdb_keeper::snapshot() {
    // Read before the copy is made: a write in between is in the next one, too.
    const auto last = store_->environment_.last_transaction();
    if (saved_ == last) return false;
    write_lmdb_snapshot(store_->environment_, snapshot_path_);
    saved_ = last;
    return true;
}

void lmdb_keeper::end() {
    snapshot();
    const auto last = store_->environment_.last_transaction();
    store_->environment_.sync();
    write_marker(folder_, {present_boot(), options_.lasts, last});
}

}  // namespace state
