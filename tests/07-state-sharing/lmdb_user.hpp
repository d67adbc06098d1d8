// Another process at a store on LMDB.
#pragma once

#include <string>
#include <vector>

#include "01-spawn-exec/spawn.hpp"
#include "tests/07-state-sharing/lmdb_files.hpp"
#include "tests/helpers.hpp"

namespace tests {

/// Runs the program uses_lmdb on a store.
inline child_process::child lmdb_user(const asio::any_io_executor& executor,
                                      const lmdb_folder& folder, const std::string& what,
                                      const std::string& key = "") {
    std::vector<std::string> arguments = {folder.path(), what};
    if (!key.empty()) arguments.push_back(key);
    return child_process::spawn(executor, tests::program("uses_lmdb"), arguments);
}

inline asio::awaitable<void> lmdb_kill(child_process::child& process) {
    process.kill(SIGKILL);
    co_await process.wait();
}

}  // namespace tests
