// A request that waits for its answer while the test goes on.
#pragma once

#include <optional>
#include <string>

#include "support/async_condition.hpp"
#include "support/weak_ref.hpp"
#include "tests/load.hpp"

namespace tests {

/// One request on a connection of its own.
class request {
  public:
    request(const asio::any_io_executor& executor, std::uint16_t port, std::string target)
        : done_(executor) {
        asio::co_spawn(executor, ask(port, std::move(target)), support::rethrow);
    }
    [[nodiscard]] bool is_answered() const { return answer_.has_value(); }
    /// The whole response; empty when refused or cut.
    asio::awaitable<std::string> answer() {
        while (!answer_) co_await done_.wait();
        co_return *answer_;
    }

  private:
    asio::awaitable<void> ask(std::uint16_t port, std::string target) {
        const support::weak_ref self(anchor_);
        std::string answer = co_await ask_once(port, std::move(target));
        if (!self) co_return;
        answer_ = std::move(answer);
        done_.notify_all();
    }

    std::optional<std::string> answer_;
    support::async_condition done_;
    support::weak_anchor<request> anchor_{this};
};

}  // namespace tests
