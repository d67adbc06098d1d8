#include "05-round-robin/answer_board.hpp"

#include <atomic>

namespace cluster {

// Two processes use it at the same time, so these are atomics; each is written by one side in most
// turns, and has a cache line of its own. Both numbers of the progress are one atomic, so that they
// always belong together.
struct answer_board::page {
    using progress_word = std::atomic<std::uint64_t>;
    using wish_word = std::atomic<std::uint32_t>;
    // One with a lock inside would not work between processes.
    static_assert(progress_word::is_always_lock_free && wish_word::is_always_lock_free);

    alignas(64) progress_word progress;
    alignas(64) wish_word wish;
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

// Each side writes its own word and then reads the other's. All four in one order that both agree
// on (seq_cst): so at least one of them sees what the other wrote, and no answer is slept through.
void answer_board::publish(lane_progress progress) {
    shared().progress.store(std::uint64_t{progress.records} << 32 | progress.sequence);
}

bool answer_board::take_wish() {
    return shared().wish.load() != 0 && shared().wish.exchange(0) != 0;
}

lane_progress answer_board::read() const {
    const std::uint64_t word = shared().progress.load();
    return {static_cast<std::uint32_t>(word >> 32), static_cast<std::uint32_t>(word)};
}

void answer_board::wish() {
    shared().wish.store(1);
}

bool answer_board::wishes() const {
    return shared().wish.load() != 0;
}

}  // namespace cluster
