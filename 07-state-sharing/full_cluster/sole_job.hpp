// A job that is done by exactly one of many processes, and moves when that one dies.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "support/asio.hpp"

namespace full_cluster {

/// Does its work again and again, in one process at a time.
///
/// Whoever holds the lock on a file does the work; the others look each interval whether it is
/// free. The kernel gives the lock back when its holder ends, however it ends: nobody has to find
/// out that somebody died, and there are never two. (A holder that is stopped keeps the lock until
/// it goes on, or is killed for not answering.)
/// @source state::file_lock, flock(2)
class sole_job {
  public:
    /// @param lock  a file of its own, made if need be
    sole_job(std::string lock, std::chrono::milliseconds interval, std::function<void()> work)
        : lock_(std::move(lock)), interval_(interval), work_(std::move(work)) {}
    sole_job(const sole_job&) = delete;
    sole_job& operator=(const sole_job&) = delete;

    /// Takes part until it is cancelled; the lock is free then.
    /// @throws state::store_error if the lock's file cannot be made; what the work throws
    [[nodiscard]] asio::awaitable<void> run();

  private:
    std::string lock_;
    std::chrono::milliseconds interval_;
    std::function<void()> work_;
};

}  // namespace full_cluster
