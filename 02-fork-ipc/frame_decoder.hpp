// Finding the messages in a stream of bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace child_process {

/// The most bytes of one message. Node has no limit of its own; a parent that must survive its
/// children needs one.
inline constexpr std::size_t message_limit = std::size_t{64} * 1024 * 1024;

/// Cuts a stream of bytes into lines, one message each. Knows no socket: whoever reads one writes
/// straight into room().
///
/// A stream keeps the order of bytes but not how they were grouped: one read may bring half a
/// message, or three and a half. What is left of a line stays here for the next read.
class frame_decoder {
  public:
    explicit frame_decoder(std::size_t limit = message_limit) : limit_(limit) {}

    /// Where to read the next bytes to, at least 64 KiB. Ends the life of every line that next()
    /// returned.
    [[nodiscard]] std::span<char> room();

    /// Says that the first `count` bytes of room() are filled now.
    void filled(std::size_t count) { end_ += count; }

    /// Takes bytes that are somewhere else already: room() and filled() in one.
    void feed(std::string_view bytes);

    /// The next whole line without its newline; empty if there is none yet.
    /// @throws std::system_error channel_errc::oversize when a line is longer than the limit,
    ///         whether it has ended or not
    [[nodiscard]] std::optional<std::string_view> next();

    /// Whether part of a message is waiting for its rest.
    [[nodiscard]] bool inside_message() const { return begin_ != end_; }

  private:
    void make_room();

    std::size_t limit_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;    // first byte that next() has not returned
    std::size_t scanned_ = 0;  // no newline in [begin_, scanned_): each byte is searched once
    std::size_t end_ = 0;      // behind the last byte that was read
};

}  // namespace child_process
