// What the tests of the store on LMDB do to its files.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "07-state-sharing/lmdb_store.hpp"
#include "tests/helpers.hpp"
#include "tests/text.hpp"

namespace tests {

/// A folder for a store on LMDB: its files, and their bytes.
class lmdb_folder {
  public:
    [[nodiscard]] std::string path() const { return folder_.file("store"); }
    [[nodiscard]] std::string file(const std::string& name) const { return path() + "/" + name; }
    [[nodiscard]] std::string data() const { return file("data.mdb"); }

    [[nodiscard]] bool has(const std::string& name) const {
        return std::filesystem::exists(file(name));
    }
    [[nodiscard]] std::string bytes(const std::string& name) const {
        return content_of(file(name));
    }
    void write(const std::string& name, const std::string& bytes) const {
        std::filesystem::create_directories(path());
        std::ofstream(file(name), std::ios::binary | std::ios::trunc) << bytes;
    }

  private:
    temporary_folder folder_;
};

/// The message of what `operation` throws; empty if it throws nothing.
template <class Operation>
std::string message_of(Operation operation) {
    try {
        operation();
        return {};
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace tests
