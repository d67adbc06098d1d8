// fills_lmdb DISK BALLAST: what a store on LMDB does on a small disk that becomes full. Says "ok",
// or what was wrong. BALLAST KiB are taken at first and freed later.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "07-state-sharing/lmdb_check.hpp"
#include "07-state-sharing/lmdb_keeper.hpp"

namespace {

using state::store_error;
using state::store_fault;

struct wrong : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Whether it could be done; a full disk is the only reason for which it may not.
template <class Operation>
bool done(Operation operation) {
    try {
        operation();
        return true;
    } catch (const store_error& error) {
        if (error.fault() != store_fault::no_space) throw;
        return false;
    }
}

void check_values(state::store& store, int count, const std::string& when) {
    for (int number = 0; number < count; ++number) {
        const auto found = store.get("key/" + std::to_string(number));
        if (!found || found->json.size() != 3002) throw wrong("a value is gone " + when);
    }
    if (static_cast<int>(store.scan("key/").size()) != count) throw wrong("one too many " + when);
}

int fill(state::lmdb_keeper& keeper, int from) {
    const nlohmann::json value(std::string(3000, 'v'));
    while (from < 200 && done([&] { keeper.store().set("key/" + std::to_string(from), value); })) {
        ++from;
    }
    return from;
}

void try_disk(const std::string& disk, const std::string& ballast) {
    const std::string folder = disk + "/store";
    std::optional<state::lmdb_keeper> keeper;
    int count = 0;
    if (done([&] { keeper.emplace(folder); })) {
        count = fill(*keeper, 0);
        if (count == 200) throw wrong("the disk does not become full");
        check_values(keeper->store(), count, "while the disk is full");
        done([&] { keeper->snapshot(); });
        done([&] { keeper->store().erase("nothing"); });
        check_values(keeper->store(), count, "after a snapshot");
    }
    std::filesystem::remove(ballast);
    if (!keeper) keeper.emplace(folder);
    const int more = fill(*keeper, count);
    if (more == count) throw wrong("it does not recover");
    check_values(keeper->store(), more, "when it has recovered");
    keeper.reset();
    const auto fault = state::find_lmdb_fault(folder + "/data.mdb", state::lmdb_check_depth::whole);
    if (fault) throw wrong(*fault);
    if (done([&] { keeper.emplace(folder); })) check_values(keeper->store(), more, "at the end");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string ballast = argv[1] + std::string("/ballast");
    try {
        std::ofstream(ballast) << std::string(std::stoul(argv[2]) * 1024, 'b');
        try_disk(argv[1], ballast);
        std::cout << "ok" << std::endl;
    } catch (const std::exception& error) {
        std::cout << error.what() << std::endl;
    }
}
