// Which message may be written now, when some of them carry a handle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "03-handle-passing/handle.hpp"

namespace child_process {

/// What became of a handle.
enum class delivery {
    arrived,  ///< the peer has it; our copy is closed
    refused,  ///< the peer said, as often as we tried, that it did not arrive; our copy is closed
    disconnected,  ///< the channel ended before the answer; our copy is closed
};

/// The sender's rules for handles, without any I/O: one handle at a time, everything behind it
/// waits for the answer.
///
/// The peer's answer carries no number, so that two handles under way could not be told apart; and
/// a message that was sent after a handle must not arrive before it. Hence: after a handle nothing
/// may be written until it is answered.
class handle_queue {
  public:
    /// How often a connection is sent again after "not arrived"; Node's number. Nothing else is
    /// sent again: a server, a datagram socket or a native handle is refused at once.
    static constexpr int most_retries = 3;

    /// A line that may be written now; `fd` rides with its first byte (-1: none), borrowed from the
    /// queue.
    struct outgoing {
        std::string line;
        int fd = -1;
    };

    struct settled {
        std::uint64_t ticket;
        delivery result;
    };

    /// Queues a line without a handle.
    void push(std::string line);
    /// Queues a line that announces a handle; returns the ticket under which its outcome is told.
    std::uint64_t push(std::string line, handle passed);

    /// The next line to write; empty when there is none, or when an answer must come first.
    [[nodiscard]] std::optional<outgoing> next();

    /// Says that the descriptor of the last line has really left. An answer that comes earlier
    /// answers nothing.
    void departed() { departed_ = true; }

    /// The peer's answer: did the descriptor arrive? If not, a connection is to be sent again (by
    /// next(), see most_retries), and anything else is refused at once. Empty in the first case,
    /// and for an answer that nobody waits for.
    std::optional<settled> answered(bool arrived);

    /// Gives everything up: the channel has ended. Closes the handles and tells the outcome of
    /// each.
    std::vector<settled> abandon();

    /// Whether nothing is queued and no answer is awaited.
    [[nodiscard]] bool empty() const { return lines_.empty() && !waiting_; }
    /// The bytes of the queued lines.
    [[nodiscard]] std::size_t size() const { return size_; }
    /// How many handles are queued, without the one that is under way.
    [[nodiscard]] std::size_t handles() const { return handles_; }

  private:
    struct entry {
        std::string line;
        std::optional<handle> passed;
        std::uint64_t ticket = 0;
        int retries = 0;
    };

    void push(entry added);

    std::deque<entry> lines_;
    std::optional<entry> waiting_;  // the one that is under way, kept until it is answered
    bool departed_ = false;
    bool again_ = false;  // waiting_ is to be written once more
    std::size_t size_ = 0;
    std::size_t handles_ = 0;
    std::uint64_t tickets_ = 0;
};

}  // namespace child_process
