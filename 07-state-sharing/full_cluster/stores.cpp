#include "07-state-sharing/full_cluster/stores.hpp"

#include "07-state-sharing/file_store.hpp"
#include "07-state-sharing/lmdb_store.hpp"
#include "support/log.hpp"
#include "support/timeout.hpp"

namespace full_cluster {
namespace {

constexpr auto snapshot_interval = std::chrono::seconds(60);

std::string file_of(const settings& given) {
    return given.state_directory + "/state.json";
}

std::string folder_of(const settings& given) {
    return given.state_directory + "/lmdb";
}

}  // namespace

std::unique_ptr<state::store> open_store(const settings& given) {
    if (given.store == "file") return std::make_unique<state::file_store>(file_of(given));
    return std::make_unique<state::lmdb_store>(folder_of(given));
}

kept_store::kept_store(const settings& given) {
    if (given.store == "file") {
        own_ = open_store(given);
        return;
    }
    keeper_.emplace(folder_of(given));
    for (const auto& note : keeper_->notes()) support::log() << note;
}

void kept_store::worker_ended() {
    if (!keeper_) return;
    try {
        keeper_->store().clear_stale_readers();
    } catch (const state::store_error& error) {
        support::log() << "places of dead readers stay taken: " << error.what();
    }
}

asio::awaitable<void> kept_store::keep() {
    while (keeper_) {
        co_await support::pause(snapshot_interval);
        try {
            keeper_->snapshot();
        } catch (const state::store_error& error) {
            support::log() << "no snapshot this time: " << error.what();
        }
    }
}

void kept_store::close() {
    if (!keeper_) return;
    try {
        keeper_->end();
    } catch (const state::store_error& error) {
        support::log() << "the store was not ended cleanly: " << error.what();
    }
}

}  // namespace full_cluster
