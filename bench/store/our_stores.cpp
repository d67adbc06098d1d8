// Our two stores.
#include <nlohmann/json.hpp>

#include "07-state-sharing/file_store.hpp"
#include "07-state-sharing/lmdb_store.hpp"
#include "bench/store/bench_store.hpp"

namespace bench {
namespace {

template <class Store>
class our_store : public bench_store {
  public:
    template <class... Arguments>
    explicit our_store(Arguments&&... arguments) : store_(std::forward<Arguments>(arguments)...) {}

    std::optional<std::string> get(const std::string& key) override {
        auto found = store_.get(key);
        if (!found) return std::nullopt;
        return std::move(found->json);
    }
    void put(const std::string& key, const std::string& content) override {
        store_.set(key, content);
    }

  private:
    Store store_;
};

}  // namespace

std::unique_ptr<bench_store> open_lmdb(const store_place& place) {
    state::lmdb_options options;
    options.room = std::size_t{1} << 30U;  // for a million keys
    options.lasts = place.lasts;
    return std::make_unique<our_store<state::lmdb_store>>(place.folder + "/lmdb", options);
}

std::unique_ptr<bench_store> open_file(const store_place& place) {
    state::file_store_options options;
    options.lasts = place.lasts;
    return std::make_unique<our_store<state::file_store>>(place.folder + "/state.json", options);
}

}  // namespace bench
