// A real Node process as the peer, and a tap on the wire between it and us.
#pragma once

#include <optional>

#include "01-spawn-exec/spawn.hpp"
#include "tests/03-handle-passing/channels.hpp"

namespace tests {

/// Carries bytes and descriptors between us and a peer, and writes each line down with the
/// descriptors that came, and at which byte.
class wire_tap {
  public:
    struct line {
        bool ours = false;
        std::string text;
        std::vector<std::size_t> descriptors_at;
        std::vector<int> types;  ///< of the descriptors: SO_TYPE; 0 for what is no socket
    };

    void start(const asio::any_io_executor& executor, unique_fd us, unique_fd them);

    /// What has passed so far, in the order in which it passed here.
    [[nodiscard]] const std::vector<line>& lines() const { return lines_; }
    /// Whether both directions have ended.
    [[nodiscard]] bool ended() const { return running_ == 0; }

    /// Checks that we sent nothing that hurts a Node peer, and owe it no answer.
    void check_harmless() const;

  private:
    asio::awaitable<void> carry(bool ours, unique_fd from, unique_fd to);

    std::vector<line> lines_;
    int running_ = 0;
};

/// Which of the two Node is.
enum class node_as { child, parent };

/// Node running peer.js, connected to a channel of ours through a tap.
class node_peer {
  public:
    /// Starts it and waits until it says that it is ready.
    asio::awaitable<void> start(node_as role);
    /// Ends the channel, waits until Node has ended well, and checks what went over the wire.
    asio::awaitable<void> end();

    [[nodiscard]] handle_channel& channel() { return *channel_; }
    [[nodiscard]] wire_tap& tap() { return tap_; }

  private:
    unique_fd line_;  // to the program that hands its channel over
    std::optional<child_process::child> process_;
    wire_tap tap_;
    std::optional<handle_channel> channel_;
};

/// Runs the test with Node in each of the two roles.
void with_node(const std::function<asio::awaitable<void>(node_peer&)>& test);

}  // namespace tests
