// Deadlines for many connections with one timer.
//
// All waits of one kind last equally long, so a list to which each new wait is appended is in the
// order of its deadlines: to begin, end and expire a wait costs a few pointers, whatever the number
// of connections.
#pragma once

#include <array>
#include <chrono>

namespace support {

/// What a connection can be waiting for.
enum class http_wait {
    request,  ///< the next request, with keep-alive
    head,     ///< the rest of a head
    body,     ///< the rest of a body
    handler,  ///< an answer from the program; without a limit
    taking,   ///< the client to take more of an answer
    linger,   ///< the client to close its side
};
inline constexpr std::size_t http_wait_kinds = 6;

/// The place of a connection in the list of its present wait; alone, it waits for nothing.
class http_waiter {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    http_waiter() = default;
    http_waiter(const http_waiter&) = delete;
    http_waiter& operator=(const http_waiter&) = delete;

    void leave() {
        next_->previous_ = previous_;
        previous_->next_ = next_;
        next_ = previous_ = this;
    }

    [[nodiscard]] time_point deadline() const { return deadline_; }
    void set_deadline(time_point deadline) { deadline_ = deadline; }

  protected:
    ~http_waiter() { leave(); }

  private:
    friend class http_wait_list;
    http_waiter* next_ = this;
    http_waiter* previous_ = this;
    time_point deadline_ = time_point::max();
};

/// The waits of one kind, the earliest deadline first.
class http_wait_list {
  public:
    [[nodiscard]] bool empty() const { return ends_.next_ == &ends_; }
    /// The first, or null.
    [[nodiscard]] http_waiter* front() const { return empty() ? nullptr : ends_.next_; }
    /// The one behind `waiter`, or null.
    [[nodiscard]] http_waiter* after(const http_waiter* waiter) const {
        return waiter->next_ == &ends_ ? nullptr : waiter->next_;
    }
    /// Ends what `waiter` waited for, and appends it here.
    void append(http_waiter& waiter) {
        waiter.leave();
        waiter.previous_ = ends_.previous_;
        waiter.next_ = &ends_;
        ends_.previous_->next_ = &waiter;
        ends_.previous_ = &waiter;
    }

  private:
    struct ends : http_waiter {};
    ends ends_;
};

}  // namespace support
