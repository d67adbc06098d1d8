// How a worker answers the primary's offers without a message.
#pragma once

#include <cstdint>
#include <utility>

#include "support/sealed_memory.hpp"

namespace cluster {

/// How far a worker has answered the offers of its lane. Both numbers go round at 2^32.
struct lane_progress {
    std::uint32_t records = 0;   ///< how many answers it has sent over the lane
    std::uint32_t sequence = 0;  ///< every offer before this one is answered

    friend bool operator==(const lane_progress&, const lane_progress&) = default;
};

/// A page of memory that belongs to a lane: the worker writes how far it has answered, and the
/// primary looks when it is awake anyway. An answer over the lane would wake it.
///
/// An answer that needs more words, since not everything was taken, is sent over the lane, and
/// published here after that. So whoever has read all records that are published knows about every
/// offer before `sequence`: those without a record are taken whole. The memory outlives the worker.
///
/// What the primary reads may be nonsense: a worker can write anything here.
class answer_board {
  public:
    /// An empty one.
    /// @throws std::system_error "memfd_create" EMFILE, ENFILE; "mmap" ENOMEM
    [[nodiscard]] static answer_board create();
    /// In a worker: the one that came with a descriptor, which is closed.
    /// @throws std::system_error "mmap" ENOMEM; EINVAL if it is no such memory
    [[nodiscard]] static answer_board map(support::unique_fd fd);

    /// What to pass on, close-on-exec; -1 when it is closed.
    [[nodiscard]] int fd() const { return memory_.fd(); }
    void close_fd() { memory_.close_fd(); }

    /// For the worker: whoever reads this finds on the lane what was sent before.
    void publish(lane_progress progress);
    /// For the worker, after it has published: whether the primary asks to be woken by that. True
    /// once; a wish that comes later finds what was published.
    [[nodiscard]] bool take_wish();

    /// For the primary: what was published last.
    [[nodiscard]] lane_progress read() const;
    /// For the primary: the worker shall wake it when every offer before `sequence` is answered,
    /// instead of what it wished before. To be followed by read(): either that brings the answers,
    /// or the worker will see the wish.
    void wish(std::uint32_t sequence);
    /// For the primary: whether its wish is still to come true.
    [[nodiscard]] bool wishes() const;

  private:
    struct page;
    explicit answer_board(support::sealed_memory memory) : memory_(std::move(memory)) {}
    [[nodiscard]] page& shared() const;

    support::sealed_memory memory_;
};

}  // namespace cluster
