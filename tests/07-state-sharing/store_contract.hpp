// What the tests of the contract share: a store of each kind, one kind after the other.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/07-state-sharing/store_kinds.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace tests {

/// A store of its own in a folder of its own.
class tried_store {
  public:
    explicit tried_store(store_kind kind, const std::filesystem::path& where =
                                              std::filesystem::temp_directory_path())
        : folder_(where), kind_(std::move(kind)), store_(kind_.open(folder_.path())) {}

    [[nodiscard]] const store_kind& kind() const { return kind_; }
    [[nodiscard]] std::string directory() const { return folder_.path(); }
    state::store* operator->() const { return store_.get(); }
    state::store& operator*() const { return *store_; }

    /// Closes it and opens it again.
    void reopen() {
        store_.reset();
        store_ = kind_.open(folder_.path());
    }

  private:
    temporary_folder folder_;
    store_kind kind_;
    std::unique_ptr<state::store> store_;
};

/// What is there as JSON text; "-" for nothing.
inline std::string text_in(state::store& store, std::string_view key) {
    const auto found = store.get(key);
    return found ? found->json : "-";
}

/// Which fault an operation ends with, by name; "none" without one.
template <class Operation>
std::string fault_of(Operation operation) {
    try {
        operation();
        return "none";
    } catch (const state::store_error& error) {
        return std::string(to_string(error.fault()));
    }
}

/// Where files are in memory, for tests of many writes: a disk takes a second for each thousand.
inline std::filesystem::path memory_folder() {
    const std::filesystem::path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

/// How many processes a test kills; KILLS=500 in the environment is the whole measure.
inline int kills_wanted() {
    const char* given = std::getenv("KILLS");
    return given != nullptr ? std::atoi(given) : 40;
}

/// Each kind in turn: the test case that calls it runs once with each.
inline store_kind each_kind() {
    return GENERATE(from_range(store_kinds()));
}

}  // namespace tests
