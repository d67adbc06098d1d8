// The store that everybody writes first: one JSON document in one file.
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "07-state-sharing/atomic_file.hpp"
#include "07-state-sharing/file_lock.hpp"
#include "bench/store/bench_store.hpp"

namespace bench {
namespace {

// It remembers nothing between two operations. Written beside and renamed, with a lock for whoever
// changes it, because two processes would else leave half a file, which nobody can measure.
class json_file : public bench_store {
  public:
    json_file(std::string path, state::durability lasts)
        : path_(std::move(path)), lock_(path_ + ".lock"), file_(path_, lasts, {}) {}

    std::optional<std::string> get(const std::string& key) override {
        const auto all = read();
        const auto found = all.find(key);
        if (found == all.end()) return std::nullopt;
        return found->dump();
    }
    void put(const std::string& key, const std::string& content) override {
        const auto held = lock_.take(std::chrono::steady_clock::now() + std::chrono::seconds(10));
        auto all = read();
        all[key] = content;
        file_.replace(all.dump());
    }

  private:
    [[nodiscard]] nlohmann::json read() const {
        std::ifstream file(path_);
        if (!file) return nlohmann::json::object();
        return nlohmann::json::parse(file);
    }

    std::string path_;
    state::file_lock lock_;
    state::atomic_file file_;
};

}  // namespace

std::unique_ptr<bench_store> open_json(const store_place& place) {
    return std::make_unique<json_file>(place.folder + "/naive.json", place.lasts);
}

}  // namespace bench
