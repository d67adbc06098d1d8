#include "05-round-robin/answer_board.hpp"

#include <atomic>

namespace cluster {
namespace {

constexpr std::uint64_t wished = std::uint64_t{1} << 32;  // beside the number

// The numbers go round, and no two that are compared are further apart than lane_window.
bool reached(std::uint32_t sequence, std::uint64_t wish) {
    return static_cast<std::int32_t>(sequence - static_cast<std::uint32_t>(wish)) >= 0;
}

}  // namespace

// Two processes use it at the same time, so these are atomics, and each has a cache line of its
// own. Both numbers of the progress are one atomic, so that they always belong together.
struct answer_board::page {
    using word = std::atomic<std::uint64_t>;
    // One with a lock inside would not work between processes.
    static_assert(word::is_always_lock_free);

    alignas(64) word progress;
    alignas(64) word wish;  // 0 for none
};

answer_board::page& answer_board::shared() const {
    return memory_.as<page>();
}

answer_board answer_board::create() {
    return answer_board(support::sealed_memory::create("answer board", sizeof(page)));
}

answer_board answer_board::map(support::unique_fd fd) {
    return answer_board(support::sealed_memory::map(std::move(fd), sizeof(page)));
}

// The worker writes its progress and then reads the wish; the primary writes its wish and then
// reads the progress. All of that in one order for both (seq_cst): so at least one of them sees
// what the other wrote, and no answer is slept through.
void answer_board::publish(lane_progress progress) {
    shared().progress.store(std::uint64_t{progress.records} << 32 | progress.sequence);
}

bool answer_board::take_wish() {
    const std::uint64_t wish = shared().wish.load();
    if (wish == 0 || !reached(read().sequence, wish)) return false;
    return shared().wish.exchange(0) != 0;
}

lane_progress answer_board::read() const {
    const std::uint64_t word = shared().progress.load();
    return {static_cast<std::uint32_t>(word >> 32), static_cast<std::uint32_t>(word)};
}

void answer_board::wish(std::uint32_t sequence) {
    shared().wish.store(wished | sequence);
}

bool answer_board::wishes() const {
    return shared().wish.load() != 0;
}

}  // namespace cluster
