// The kinds of store that must keep what store.hpp promises. A new one is a line in this list.
#pragma once

#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "07-state-sharing/file_store.hpp"
#include "07-state-sharing/lmdb_store.hpp"
#include "07-state-sharing/store.hpp"

namespace tests {

struct store_kind {
    std::string name;
    /// Opens the store in a directory that is there.
    std::unique_ptr<state::store> (*open)(const std::string& directory);
    /// Whether one process may have it open twice.
    bool twice_in_a_process = true;

    friend std::ostream& operator<<(std::ostream& out, const store_kind& kind) {
        return out << kind.name;
    }
};

/// All of them.
inline std::vector<store_kind> store_kinds() {
    using state::store;
    return {
        {"file_store",
         [](const std::string& directory) -> std::unique_ptr<store> {
             return std::make_unique<state::file_store>(directory + "/state.json");
         }},
        {"lmdb_store",
         [](const std::string& directory) -> std::unique_ptr<store> {
             return std::make_unique<state::lmdb_store>(directory + "/state");
         },
         false},
    };
}

/// For the programs, which get a name as an argument.
inline std::unique_ptr<state::store> open_store(const std::string& kind,
                                                const std::string& directory) {
    for (const auto& each : store_kinds()) {
        if (each.name == kind) return each.open(directory);
    }
    throw std::runtime_error("no kind of store is called " + kind);
}

}  // namespace tests
