// A file lock that everybody gets who waits for it.
#pragma once

#include <chrono>
#include <string>

#include "07-state-sharing/file_lock.hpp"

namespace state {

/// A file_lock that a process which takes it again and again cannot keep from the others.
///
/// Such a process lets go for some microseconds at a time, and who asks now and then hardly ever
/// meets them. So there is a second lock, the turn, which one needs to ask for the first. Who has
/// waited for long keeps the turn while it waits, and everybody else gets in line behind it.
class fair_lock {
  public:
    /// @param path  of the lock; that of the turn is PATH.turn
    explicit fair_lock(const std::string& path) : lock_(path), turn_(path + ".turn") {}

    /// @throws as file_lock::take()
    [[nodiscard]] file_lock::holding take(std::chrono::milliseconds limit);

  private:
    file_lock lock_;
    file_lock turn_;
};

}  // namespace state
