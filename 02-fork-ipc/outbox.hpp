// Bytes on their way out: queued now, written when the socket takes them.
#pragma once

#include <sys/types.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "support/asio.hpp"
#include "support/async_condition.hpp"
#include "support/weak_ref.hpp"

namespace child_process {

/// How many bytes may be queued before a sender has to wait; Node's number.
inline constexpr std::size_t send_limit = std::size_t{128} * 1024;

/// The queue in front of a socket. Knows bytes, not messages.
///
/// append() writes nothing itself: the write happens when the event loop comes round, with
/// everything that was queued by then, so that a hundred small messages cost one system call. After
/// EAGAIN nothing is written before the socket is writable again, whatever is appended meanwhile.
/// What is written is cut off from time to time, not only when all is: a queue that is never empty
/// keeps its size.
class outbox {
  public:
    /// Writes some of the bytes to the socket, like send(2): how many were taken, or -1 with errno.
    /// EINTR: again. EAGAIN: wait. Any other errno: the peer is lost.
    using write_some = std::function<ssize_t(std::string_view)>;

    /// @lifetime socket must outlive the outbox
    outbox(asio::posix::stream_descriptor& socket, write_some write);

    /// Queues bytes. Dropped when broken().
    void append(std::string bytes);

    /// How many bytes are not written yet.
    [[nodiscard]] std::size_t size() const { return queue_.size() - written_; }

    /// Whether the peer is lost: a write failed for good, as with EPIPE or ECONNRESET.
    [[nodiscard]] bool broken() const { return broken_; }

    /// Waits until fewer than `limit` bytes are queued, or broken(); all need not be written.
    /// Completes also when the outbox is destroyed.
    /// @cancel safe
    [[nodiscard]] asio::awaitable<void> until_below(std::size_t limit);

  private:
    void flush_soon();
    void flush();
    void flush_when_writable();
    void drop();

    asio::posix::stream_descriptor& socket_;
    write_some write_;
    std::string queue_;
    std::size_t written_ = 0;  // the front of queue_ that is written already
    bool flushing_ = false;    // a flush() is on its way: posted, or waiting for the socket
    bool broken_ = false;
    support::async_condition progress_;
    support::weak_anchor<outbox> anchor_{this};
};

}  // namespace child_process
