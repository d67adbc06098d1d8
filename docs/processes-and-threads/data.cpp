// To share data: threads have it already, processes send it or share the memory that they ask for.
#include <sys/mman.h>

#include <thread>

#include "docs/processes-and-threads/hand_over.hpp"
#include "docs/processes-and-threads/helper.hpp"
#include "docs/processes-and-threads/roles.hpp"
#include "docs/processes-and-threads/rows.hpp"
#include "support/syscall.hpp"

namespace comparison {
namespace {

constexpr int hand_overs = 500;

micros between_threads(const std::vector<char>& block) {
    hand_over<const char*> to_other;
    hand_over<char> answer;
    std::thread other([&] {
        while (const char* seen = to_other.take()) answer.put(*seen);
    });
    const micros result = time_of(hand_overs, [&] {
        to_other.put(block.data());
        answer.take();
    });
    to_other.put(nullptr);
    other.join();
    return result;
}

micros by_socket(const std::vector<char>& block) {
    const helper other("take-blocks");
    return time_of(hand_overs, [&] {
        write_all(other.socket(), block.data(), block.size());
        await_word(other.socket());
    });
}

micros by_shared_memory() {
    const support::unique_fd memory(
        support::check("memfd_create", ::memfd_create("block", MFD_CLOEXEC)));
    support::check("ftruncate", ::ftruncate(memory.get(), block_size));
    const helper other("look-at-shared-block", {memory.get()});
    return time_of(hand_overs, [&] {
        send_word(other.socket());
        await_word(other.socket());
    });
}

}  // namespace

std::vector<row> data() {
    const std::vector<char> block(block_size, 'x');
    return {{"data", "hand 1 MiB to another and hear back", shown(between_threads(block)),
             shown(by_socket(block)) + "; " + shown(by_shared_memory()) + " in shared memory"}};
}

}  // namespace comparison
