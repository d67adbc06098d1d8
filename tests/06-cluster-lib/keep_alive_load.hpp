// Clients that keep their connections, and never ask twice for one answer.
#pragma once

#include <chrono>
#include <cstdint>

#include "support/asio.hpp"
#include "support/async_condition.hpp"

namespace tests {

/// Each client asks on one connection until the server says that it closes it, and then on the next
/// one. A request that gets no whole answer has failed.
class keep_alive_load {
  public:
    keep_alive_load(const asio::any_io_executor& executor, std::uint16_t port)
        : executor_(executor), port_(port), news_(executor) {}
    keep_alive_load(const keep_alive_load&) = delete;
    keep_alive_load& operator=(const keep_alive_load&) = delete;

    /// Starts so many clients.
    /// @param longest_gap  between an answer and the next request; drawn at random below it
    void start(int clients, std::chrono::milliseconds longest_gap);
    /// Lets the requests under way end.
    asio::awaitable<void> finish();

    [[nodiscard]] std::uint64_t answered() const { return answered_; }
    [[nodiscard]] std::uint64_t failed() const { return failed_; }
    /// Of those: on a connection that there was.
    [[nodiscard]] std::uint64_t cut() const { return failed_ - refused_; }
    /// How often a connection was ended by the server, with an answer that said so.
    [[nodiscard]] std::uint64_t closed() const { return closed_; }

  private:
    asio::awaitable<void> client(std::chrono::milliseconds longest_gap, unsigned seed);
    asio::awaitable<void> connection(std::chrono::milliseconds longest_gap, unsigned& seed);
    asio::awaitable<void> pause(std::chrono::milliseconds longest, unsigned& seed);

    asio::any_io_executor executor_;
    std::uint16_t port_;
    std::uint64_t answered_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t closed_ = 0;
    int clients_ = 0;
    bool finishing_ = false;
    support::async_condition news_;
};

}  // namespace tests
