// Messages both ways between a parent and its child.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "02-fork-ipc/frame_decoder.hpp"
#include "02-fork-ipc/message.hpp"
#include "02-fork-ipc/outbox.hpp"
#include "support/asio.hpp"
#include "support/unique_fd.hpp"
#include "support/weak_ref.hpp"

namespace child_process {

/// One end of the channel between a parent and its child: JSON messages, in order, both ways.
///
/// The other end may be held by a real Node process. Whatever the peer sends can end this channel,
/// never this process. Destroying the channel closes it at once; what was not written is lost (see
/// disconnect()), and everything that still waits on it completes as if the peer had gone.
/// @source Node's child.send(), 'message' and 'disconnect'; docs/wire-protocol.md
class channel {
  public:
    /// @param end  one end of a unix stream socket pair; made non-blocking
    channel(const asio::any_io_executor& executor, support::unique_fd end);
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;
    ~channel() = default;

    /// Queues a message at once, behind those sent before, then waits until less than 128 KiB are
    /// queued.
    /// @return false if the channel is disconnected, or breaks while this waits; the message is
    ///         dropped then. True is no promise that the peer has read it.
    /// @lifetime the message must outlive the returned awaitable
    /// @cancel safe: the message stays queued
    [[nodiscard]] asio::awaitable<bool> send(const json& message);

    /// Queues a message, unless the channel is disconnected, and returns at once. For a sender that
    /// must not wait; it bounds its own number of messages.
    /// @return whether send() would return at once now: connected, and less than 128 KiB queued
    bool post(const json& message);

    /// The next message, in the order of sending; empty at the end: the peer disconnected or died,
    /// or disconnect() was called here. A peer that died with bytes of ours unread is an end, too
    /// (ECONNRESET). Messages that Node keeps for itself (is_internal) do not appear.
    /// @throws std::system_error with a channel_errc, once, for a peer that broke the rules; the
    ///         channel is closed then
    /// @cancel safe, nothing is lost
    [[nodiscard]] asio::awaitable<std::optional<json>> receive();

    /// Ends the channel: nothing more is sent, what still comes in is dropped, what is queued is
    /// written, then the descriptor is closed. The peer sees the end after the last message. A
    /// second call does nothing.
    ///
    /// Waits for as long as the peer does not read: put a limit around it (support/timeout.hpp)
    /// where that matters.
    /// @cancel closes at once
    [[nodiscard]] asio::awaitable<void> disconnect();

    /// Whether messages can be sent.
    [[nodiscard]] bool connected() const {
        return !leaving_ && socket_.is_open() && !out_.broken();
    }

  private:
    std::optional<json> next_message();
    void read_once();
    void discard_input();
    void close();

    asio::posix::stream_descriptor socket_;
    frame_decoder decoder_;
    outbox out_;
    bool leaving_ = false;  // disconnect() was called
    support::weak_anchor<channel> anchor_{this};
};

}  // namespace child_process
