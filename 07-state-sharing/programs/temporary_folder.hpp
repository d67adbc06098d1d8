// Where a demonstration has its files.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/syscall.hpp"

namespace demo {

/// A folder that goes with everything in it.
class temporary_folder {
  public:
    temporary_folder() {
        path_ = (std::filesystem::temp_directory_path() / "demo.XXXXXX").string();
        support::check("mkdtemp", ::mkdtemp(path_.data()) != nullptr ? 0 : -1);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

}  // namespace demo
