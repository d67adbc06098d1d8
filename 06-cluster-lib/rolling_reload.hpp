// Replacing all workers while they serve.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "04-auto-restart/supervisor.hpp"
#include "support/async_condition.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

/// Replaces the workers in the slots one after another, each only when its successor works: there
/// is never one fewer than wanted, and never more than one in excess. No listener is closed.
///
/// A successor has proved itself when it was ready for a while. One that fails before that ends
/// the reload: the old workers that are left stay.
class rolling_reload {
  public:
    /// How long a successor may take to be ready.
    static constexpr std::chrono::milliseconds patience{30'000};

    /// @lifetime workers must outlive this
    /// @param proof  how long a successor must have been ready
    rolling_reload(supervisor& workers, std::chrono::milliseconds proof);
    rolling_reload(const rolling_reload&) = delete;
    rolling_reload& operator=(const rolling_reload&) = delete;
    ~rolling_reload() = default;

    /// Reloads. Who asks while a reload is under way gets the next one, together with all others
    /// who ask meanwhile.
    /// @return  nothing; or why the reload was given up
    /// @cancel  safe: it goes on
    [[nodiscard]] asio::awaitable<std::optional<std::string>> run();
    [[nodiscard]] bool under_way() const { return finished_ < started_; }

  private:
    using failure = std::optional<std::string>;

    asio::awaitable<void> rounds();
    asio::awaitable<failure> round();
    asio::awaitable<failure> replace(int slot);
    asio::awaitable<failure> proves_itself(int id);
    asio::awaitable<void> until_gone(int id);
    [[nodiscard]] worker_process* holder(int slot) const;
    [[nodiscard]] failure fault_of(int id) const;
    [[nodiscard]] bool is_on_its_way_out(int id) const;

    supervisor& workers_;
    std::chrono::milliseconds proof_;
    int asked_ = 0;     // the last round that somebody waits for
    int started_ = 0;   // rounds
    int finished_ = 0;  // rounds
    failure result_;
    std::string last_end_;  // of the successor
    int successor_ = 0;     // its id
    support::async_condition news_;
    support::weak_anchor<rolling_reload> anchor_{this};
};

}  // namespace cluster
