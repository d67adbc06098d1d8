// Writing messages and the descriptors that ride with them.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "02-fork-ipc/outbox.hpp"
#include "03-handle-passing/handle_queue.hpp"
#include "support/asio.hpp"
#include "support/async_condition.hpp"
#include "support/weak_ref.hpp"

namespace child_process {

/// The sending half of a handle_channel: writes what handle_queue allows, each descriptor with the
/// first byte of its line, and tells what became of it.
class handle_sender {
  public:
    /// @lifetime socket must outlive the sender
    explicit handle_sender(asio::posix::stream_descriptor& socket);

    /// Queues a line, or a line that announces `passed`; see handle_queue.
    void push(std::string line);
    std::uint64_t push(std::string line, handle passed);

    /// Writes a line past the queue: an answer to the peer must not wait for the peer's answer to
    /// our handle.
    void push_first(std::string_view line);

    /// The peer's answer to the handle that is under way.
    void answered(bool arrived);

    /// Gives everything up and closes the handles: the channel has ended.
    void abandon();

    /// Queued and not yet written [bytes].
    [[nodiscard]] std::size_t backlog() const { return queue_.size() + out_.size(); }
    /// How much of that came by push_first() [bytes]: what a peer asked for and does not take.
    [[nodiscard]] std::size_t unread_answers() const { return unread_answers_; }
    /// How many handles are queued.
    [[nodiscard]] std::size_t handles() const { return queue_.handles(); }
    /// Whether the peer takes nothing any more.
    [[nodiscard]] bool broken() const { return abandoned_ || out_.broken(); }

    /// These wait, at most until the sender is broken or destroyed.
    /// @cancel safe
    [[nodiscard]] asio::awaitable<void> until_below(std::size_t limit);
    /// Until everything is written and every handle answered.
    [[nodiscard]] asio::awaitable<void> until_done();
    [[nodiscard]] asio::awaitable<delivery> outcome(std::uint64_t ticket);

  private:
    struct rider {
        std::uint64_t at;  // the byte it rides with, counted like written_
        int fd;
    };

    void append(std::string line);
    void write_what_may();
    // For out_, which tries again after EINTR, and when there is room after EAGAIN; any other -1
    // abandons.
    ssize_t write_some(std::string_view bytes);
    void written(std::size_t count, bool rider_left);
    void settle(const handle_queue::settled& outcome);

    asio::posix::stream_descriptor& socket_;
    handle_queue queue_;
    std::uint64_t appended_ = 0;  // bytes given to out_ since the beginning
    std::uint64_t written_ = 0;   // bytes of these that the socket took
    std::optional<rider> rider_;
    struct answer {
        std::uint64_t end;  // counted like written_
        std::size_t size;
    };
    std::deque<answer> answers_;  // not yet written
    std::size_t unread_answers_ = 0;
    // By ticket, while somebody waits in outcome().
    std::map<std::uint64_t, std::optional<delivery>> awaited_;
    bool abandoned_ = false;
    outbox out_;
    support::async_condition news_;
    support::weak_anchor<handle_sender> anchor_{this};
};

}  // namespace child_process
