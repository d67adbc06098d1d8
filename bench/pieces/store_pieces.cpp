// Gets and puts of our stores, from one process, with few and with many keys.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>

#include "07-state-sharing/file_store.hpp"
#include "07-state-sharing/lmdb_store.hpp"
#include "support/syscall.hpp"

namespace {

namespace fs = std::filesystem;

const nlohmann::json value = std::string(98, 'v');  // 100 bytes with its quotes

std::string key_of(std::uint64_t number) {
    return "session/" + std::to_string(number);
}

std::unique_ptr<state::store> make_lmdb(const std::string& folder, std::int64_t keys) {
    auto made = std::make_unique<state::lmdb_store>(folder + "/lmdb");
    for (int n = 0; n < keys; ++n) made->set(key_of(static_cast<std::uint64_t>(n)), value);
    return made;
}

// Written as a whole: put one by one they would take as long as their number squared.
std::unique_ptr<state::store> make_file(const std::string& folder, std::int64_t keys) {
    state::contents all;
    for (int n = 0; n < keys; ++n) {
        all.put(key_of(static_cast<std::uint64_t>(n)), value.dump(), std::nullopt);
    }
    std::ofstream(folder + "/state.json") << state::encode(all);
    return std::make_unique<state::file_store>(folder + "/state.json");
}

using maker = std::unique_ptr<state::store> (*)(const std::string&, std::int64_t);

// A store with its keys, in a folder that goes with it.
class filled_store {
  public:
    filled_store(maker make, std::int64_t keys) {
        path_ = (fs::temp_directory_path() / "pieces.XXXXXX").string();
        support::check("mkdtemp " + path_, ::mkdtemp(path_.data()) != nullptr ? 0 : -1);
        store_ = make(path_, keys);
        static_cast<void>(store_->get(key_of(0)));  // the first one reads the file
    }
    filled_store(const filled_store&) = delete;
    filled_store& operator=(const filled_store&) = delete;
    ~filled_store() {
        store_.reset();
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    state::store* operator->() const { return store_.get(); }

  private:
    std::string path_;
    std::unique_ptr<state::store> store_;
};

void get(benchmark::State& state, maker make) {
    const filled_store store(make, state.range(0));
    std::minstd_rand random(1);
    std::vector<std::string> keys;
    for (int n = 0; n < state.range(0); ++n) keys.push_back(key_of(static_cast<unsigned>(n)));
    const std::string expected = value.dump();
    for (auto _ : state) {
        const auto found = store->get(keys[random() % keys.size()]);
        if (!found || found->json != expected) throw std::logic_error("a wrong value");
    }
}
BENCHMARK_CAPTURE(get, lmdb, make_lmdb)->Arg(10)->Arg(1000)->Arg(100'000);
BENCHMARK_CAPTURE(get, file, make_file)->Arg(10)->Arg(1000)->Arg(100'000);

void put(benchmark::State& state, maker make) {
    const filled_store store(make, state.range(0));
    std::minstd_rand random(1);
    const auto keys = static_cast<std::uint64_t>(state.range(0));
    for (auto _ : state) store->set(key_of(random() % keys), value);
}
BENCHMARK_CAPTURE(put, lmdb, make_lmdb)->Arg(10)->Arg(1000)->Arg(100'000);
BENCHMARK_CAPTURE(put, file, make_file)->Arg(10)->Arg(1000)->Arg(100'000);

}  // namespace
