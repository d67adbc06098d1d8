// Many clients at once, each request on a connection of its own, and an exact account of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "support/asio.hpp"
#include "support/async_condition.hpp"

namespace tests {

/// What became of the requests.
struct load_account {
    std::uint64_t answered = 0;  ///< status 200, complete
    std::uint64_t failed = 0;    ///< another status
    std::uint64_t refused = 0;   ///< no connection could be made
    std::uint64_t cut = 0;       ///< the connection ended before the answer was complete
    std::uint64_t late = 0;      ///< no answer within `patience`
    /// How often each body was answered.
    std::map<std::string, int> bodies;

    [[nodiscard]] std::uint64_t asked() const { return answered + failed + refused + cut + late; }
};

/// Clients that ask for one page again and again.
class load {
  public:
    /// @param port  of 127.0.0.1
    load(const asio::any_io_executor& executor, std::uint16_t port, std::string target = "/")
        : executor_(executor), port_(port), target_(std::move(target)), changed_(executor) {}
    load(const load&) = delete;
    load& operator=(const load&) = delete;

    /// Starts so many clients, which go on until finish(); with `requests`, each asks so often.
    void start(int clients, std::uint64_t requests = 0);

    /// Waits until so many requests were answered in all.
    asio::awaitable<void> until_answered(std::uint64_t count);

    /// Lets the requests under way end, and no others begin.
    asio::awaitable<void> finish();

    /// Waits until the clients have asked as often as they should.
    asio::awaitable<void> until_done();

    [[nodiscard]] const load_account& account() const { return account_; }

  private:
    asio::awaitable<void> client(std::uint64_t requests);
    asio::awaitable<void> ask();

    asio::any_io_executor executor_;
    std::uint16_t port_;
    std::string target_;
    load_account account_;
    int clients_ = 0;
    bool finishing_ = false;
    support::async_condition changed_;
};

/// One request on a connection of its own.
/// @return the whole response; empty when refused or cut
asio::awaitable<std::string> ask_once(std::uint16_t port, std::string target);

}  // namespace tests
