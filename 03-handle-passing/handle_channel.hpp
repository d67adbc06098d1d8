// Messages both ways between a parent and its child, and sockets with them.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "02-fork-ipc/frame_decoder.hpp"
#include "03-handle-passing/connection_counter.hpp"
#include "03-handle-passing/envelope.hpp"
#include "03-handle-passing/handle.hpp"
#include "03-handle-passing/handle_sender.hpp"
#include "support/asio.hpp"
#include "support/async_condition.hpp"
#include "support/unique_fd.hpp"
#include "support/weak_ref.hpp"

namespace child_process {

/// A message, and what came with it.
struct incoming {
    json message;
    std::optional<handle> passed;
    connection_ticket ticket;  ///< keep it as long as a passed connection is open
};

/// A channel whose messages can carry sockets. Messages, order and limits as in `channel`.
///
/// Reads by itself, whether or not somebody waits in receive(): the answers to our own handles come
/// on the same way as the peer's messages. It stops reading while 1 MiB of messages wait to be
/// received; a message with a socket counts as 8 KiB.
/// @source Node's child.send(message, handle); docs/wire-protocol.md
class handle_channel {
  public:
    /// @param end  one end of a unix stream socket pair; made non-blocking
    handle_channel(const asio::any_io_executor& executor, support::unique_fd end);
    handle_channel(const handle_channel&) = delete;
    handle_channel& operator=(const handle_channel&) = delete;
    ~handle_channel() = default;

    /// Sends a message; as channel::send. While a handle is under way it stays queued behind it.
    /// @cancel safe: the message stays queued
    [[nodiscard]] asio::awaitable<bool> send(const json& message);

    /// Sends a message with a handle and waits until the peer has said what became of it. Our copy
    /// of the socket is closed then, whatever the outcome; to keep one, pass `handle.duplicate()`.
    /// @cancel safe: the handle stays queued
    [[nodiscard]] asio::awaitable<delivery> send(const json& message, handle passed);

    /// Queue and return at once; as channel::post.
    bool post(const json& message);
    bool post(const json& message, handle passed);

    /// The next message, with its socket if it carries one; empty at the end, as channel::receive.
    ///
    /// A descriptor that is missing, or not what its message says, is answered with "not arrived",
    /// and its message does not appear here: the sender knows.
    /// @throws std::system_error with a channel_errc, or EPROTO for a peer that sends descriptors
    ///         without messages or does not read the answers it asks for; once
    /// @cancel safe, nothing is lost
    [[nodiscard]] asio::awaitable<std::optional<incoming>> receive();

    /// Who is told of the messages that Node keeps for itself (is_internal), except those about
    /// handles. Default: nobody.
    void on_internal(std::function<void(incoming)> handler) { on_internal_ = std::move(handler); }

    /// Ends the channel; as channel::disconnect, after the peer has answered for the handles under
    /// way. What the peer passes meanwhile is answered with "not arrived".
    /// @cancel closes at once
    [[nodiscard]] asio::awaitable<void> disconnect();

    /// Whether messages can be sent.
    [[nodiscard]] bool connected() const {
        return !leaving_ && socket_.is_open() && !sender_.broken();
    }

    /// What is queued and not yet written [bytes]; a socket counts as 8 KiB.
    [[nodiscard]] std::size_t backlog() const;

    /// How many whole messages have come, those about handles included.
    [[nodiscard]] std::uint64_t arrivals() const { return arrivals_; }
    /// Whether part of a message has come and its rest has not: for ever, if the peer is broken.
    [[nodiscard]] bool inside_message() const { return decoder_.inside_message(); }

    /// How many of our connections the peer still holds.
    [[nodiscard]] connection_counter& connections() { return connections_; }

  private:
    struct waiting_message {
        incoming content;
        std::size_t bytes;
    };

    void read_soon();
    void read_or_fail();
    void read_some();
    void take_lines();
    void take(json message, std::size_t bytes);
    void take_envelope(envelope opened, std::size_t bytes);
    void deliver(incoming arrived, std::size_t bytes);
    void close();

    asio::posix::stream_descriptor socket_;
    frame_decoder decoder_;
    // Arrived, each of them open, and not yet claimed by a message.
    std::deque<support::unique_fd> descriptors_;
    std::deque<waiting_message> inbox_;
    std::size_t inbox_bytes_ = 0;
    std::exception_ptr failure_;  // for the next receive()
    std::uint64_t arrivals_ = 0;
    bool reading_ = false;  // a read is on its way
    bool leaving_ = false;  // disconnect() was called

    handle_sender sender_;
    connection_counter connections_;
    std::function<void(incoming)> on_internal_;
    support::async_condition news_;
    support::weak_anchor<handle_channel> anchor_{this};
};

}  // namespace child_process
