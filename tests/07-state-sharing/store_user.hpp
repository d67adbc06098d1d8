// Another process that uses the same store.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/07-state-sharing/store_contract.hpp"

namespace tests {

/// Runs the program uses_store on a store.
class store_user {
  public:
    store_user(const asio::any_io_executor& executor, const tried_store& store)
        : process_(child_process::spawn(executor, program("uses_store"),
                                        {store.kind().name, store.directory()})) {}

    /// Has it do something; `answer()` is what came of it.
    asio::awaitable<void> tell(const nlohmann::json& order) {
        const std::string line = order.dump() + "\n";
        co_await process_.in().write(line);
    }
    asio::awaitable<nlohmann::json> answer() {
        const std::string line = co_await read_line(process_.out());
        co_return nlohmann::json::parse(line);
    }

    asio::awaitable<nlohmann::json> obey(const nlohmann::json& order) {
        co_await tell(order);
        co_return co_await answer();
    }

    child_process::child& process() { return process_; }

  private:
    child_process::child process_;
};

}  // namespace tests
