// Accepting no more than is wanted.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "support/asio.hpp"
#include "support/unique_fd.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

/// A connection, and where it came from.
struct accepted_connection {
    support::unique_fd fd;       ///< non-blocking and close-on-exec
    std::string client_address;  ///< without the port; empty for a unix socket
};

/// Closes a connection that nobody could take, and tells its client why: `text`, unless it is
/// empty. Never waits.
void turn_away(support::unique_fd connection, const std::string& text);

/// A listening socket of a process that accepts only as many connections as it can place; the
/// others wait in the kernel, where they cost nothing.
///
/// When the process or the system is out of descriptors or memory it accepts nothing for 100 ms: a
/// socket that stays readable would keep the event loop spinning.
class limited_acceptor {
  public:
    /// @param listening  made non-blocking
    /// @param on_ready   called after wait(), when accept() may bring something
    /// @throws std::system_error "watch" ENOSPC, ENOMEM if epoll cannot take it
    limited_acceptor(const asio::any_io_executor& executor, support::unique_fd listening,
                     std::function<void()> on_ready);
    limited_acceptor(const limited_acceptor&) = delete;
    limited_acceptor& operator=(const limited_acceptor&) = delete;
    ~limited_acceptor() = default;

    /// The connections that are there, at most `most`; none while it rests, none after close().
    /// What is returned is good until the next call, and is not returned again.
    std::vector<accepted_connection>& accept(std::size_t most);

    /// Waits for the next one; nothing new if it does so, rests or is closed. Once it was told
    /// (see on_ready) it waits no more.
    void wait();
    /// Whether it does so: there was nothing to accept.
    [[nodiscard]] bool waits() const { return waiting_; }

    /// Gives the socket up.
    void close() { listening_.close(); }
    [[nodiscard]] bool is_open() const { return listening_.is_open(); }

  private:
    [[nodiscard]] bool expects_more();
    void rest();

    asio::posix::stream_descriptor listening_;
    std::function<void()> on_ready_;
    std::vector<accepted_connection> accepted_;  // kept for its memory
    std::size_t expected_ = 1;                   // as many as the last time, or one
    bool waiting_ = false;
    bool resting_ = false;
    asio::steady_timer rest_;
    support::weak_anchor<limited_acceptor> anchor_{this};
};

}  // namespace cluster
