#include "02-fork-ipc/frame_decoder.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "02-fork-ipc/channel_error.hpp"

namespace child_process {
namespace {

constexpr std::size_t read_size = std::size_t{64} * 1024;
constexpr std::size_t kept_capacity = std::size_t{1024} * 1024;

}  // namespace

std::span<char> frame_decoder::room() {
    if (capacity_ - end_ < read_size) make_room();
    return {buffer_.get() + end_, capacity_ - end_};
}

// Moves the unfinished line to the front of a buffer that has room behind it. The buffer doubles,
// so that the bytes of a long message are moved about twice each, not once for every read; but it
// never grows far beyond the limit, and after a rare huge message it is not kept.
void frame_decoder::make_room() {
    const std::size_t held = end_ - begin_;
    const std::size_t needed = held + read_size;
    if (capacity_ < needed || (capacity_ > kept_capacity && needed < kept_capacity)) {
        const std::size_t most = std::max(needed, limit_ + 2 * read_size);
        const std::size_t capacity = std::min(needed * 2, most);
        auto larger = std::make_unique_for_overwrite<char[]>(capacity);
        if (held > 0) std::memcpy(larger.get(), buffer_.get() + begin_, held);
        buffer_ = std::move(larger);
        capacity_ = capacity;
    } else if (held > 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, held);
    }
    scanned_ -= begin_;
    begin_ = 0;
    end_ = held;
}

void frame_decoder::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::span<char> free = room();
        const std::size_t count = std::min(free.size(), bytes.size());
        std::memcpy(free.data(), bytes.data(), count);
        filled(count);
        bytes.remove_prefix(count);
    }
}

std::optional<std::string_view> frame_decoder::next() {
    if (scanned_ == end_ && end_ - begin_ <= limit_) return std::nullopt;
    const char* from = buffer_.get() + scanned_;
    const auto* newline = static_cast<const char*>(std::memchr(from, '\n', end_ - scanned_));
    const std::size_t line_end = newline != nullptr ? newline - buffer_.get() : end_;
    if (line_end - begin_ > limit_) {
        throw_channel_error(channel_errc::oversize,
                            "more than " + std::to_string(limit_) + " bytes");
    }
    scanned_ = line_end;
    if (newline == nullptr) return std::nullopt;
    const std::string_view line(buffer_.get() + begin_, line_end - begin_);
    begin_ = scanned_ = line_end + 1;
    // The line itself stays where it is until room() is written to.
    if (begin_ == end_) begin_ = scanned_ = end_ = 0;
    return line;
}

}  // namespace child_process
