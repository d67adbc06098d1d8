// What is written on a connection lane: records of 12 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace cluster {

/// The most connections in one offer. The kernel takes 253 descriptors with one message; a batch of
/// eight already has most of the gain.
inline constexpr std::size_t lane_batch = 64;

/// The most offers that may wait for their answer.
inline constexpr std::size_t lane_window = 128;

/// What a record says.
enum class lane_word : std::uint16_t {
    offer = 1,         ///< primary: `count` connections; their descriptors are with the record
    answer,            ///< worker: the first `count` of an offer are taken, the rest is refused
    unknown_listener,  ///< worker: an offer is refused, that listener is not known here
    room,              ///< worker: connections can be taken (again)
    board,             ///< primary, first of all: an answer_board, whose descriptor is with it
    wake,              ///< worker: an answer is on the board, and the primary waits for it
};

/// One record, as it lies in the memory of both processes: they run on one machine, and are one
/// program or at least of one build.
struct lane_record {
    lane_word word;
    std::uint16_t count = 0;
    std::uint32_t sequence = 0;  ///< the number of the offer; answers come in this order
    std::uint32_t listener = 0;  ///< whose connections: a number that both sides have agreed on
};
static_assert(sizeof(lane_record) == 12);

/// The bytes of a record, borrowed.
[[nodiscard]] std::string_view bytes_of(const lane_record& record);

/// The record that `bytes`, 12 of them, are.
[[nodiscard]] lane_record record_of(const char* bytes);

/// What a peer did wrong. It ends the lane, and nothing else.
enum class lane_errc {
    malformed = 1,   ///< no record that this side may get, or descriptors that nobody announced
    unknown_offer,   ///< an answer to an offer that does not wait for one
    too_many_taken,  ///< an answer that takes more than was offered
    truncated,       ///< the lane ended inside a record
};

[[nodiscard]] const std::error_category& lane_category() noexcept;
[[nodiscard]] std::error_code make_error_code(lane_errc error) noexcept;

}  // namespace cluster

template <>
struct std::is_error_code_enum<cluster::lane_errc> : std::true_type {};
