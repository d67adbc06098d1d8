#include "docs/processes-and-threads/roles.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <semaphore>
#include <thread>
#include <vector>

#include "docs/processes-and-threads/helper.hpp"
#include "support/syscall.hpp"

namespace comparison {
namespace {

// Whoever measures closes its end when it has seen enough.
bool is_asked(int socket = channel) {
    char next = 0;
    return support::retry([&] { return ::recv(socket, &next, 1, MSG_PEEK); }) == 1;
}

void echo_at(int socket) {
    std::array<char, message_size> message{};
    while (is_asked(socket)) {
        read_all(socket, message.data(), message.size());
        write_all(socket, message.data(), message.size());
    }
}

void echo() {
    echo_at(channel);
}

void echo_further() {
    echo_at(channel + 1);
}

void take_blocks() {
    std::vector<char> block(block_size);
    while (is_asked()) {
        read_all(channel, block.data(), block.size());
        send_word(channel);
    }
}

// The block stands in memory that both have mapped; only the word "it is there" is sent.
void look_at_shared_block() {
    const void* block = ::mmap(nullptr, block_size, PROT_READ, MAP_SHARED, channel + 1, 0);
    if (block == MAP_FAILED) support::throw_error(support::last_error(), "mmap");
    while (is_asked()) {
        await_word(channel);
        send_word(channel);
    }
}

void wait_for_end() {
    send_word(channel);
    while (is_asked()) await_word(channel);
}

void compute_when_told() {
    send_word(channel);
    await_word(channel);
    const std::uint64_t result = compute();
    write_all(channel, &result, sizeof result);
}

void count_alone() {
    std::int64_t mine = 0;
    for (int n = 0; n < increments; ++n) mine = mine + 1;
    write_all(channel, &mine, sizeof mine);
}

[[noreturn]] void fail() {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::abort();
}

void fail_when_told() {
    send_word(channel);
    await_word(channel);
    fail();
}

// The one that fails takes the others with it, whatever they are doing.
void fail_among_threads() {
    std::counting_semaphore<workers> never(0);
    std::vector<std::thread> others;
    for (int n = 1; n < workers; ++n) others.emplace_back([&] { never.acquire(); });
    fail_when_told();
}

}  // namespace

std::uint64_t compute() {
    std::uint64_t state = 88172645463325252U;
    for (int n = 0; n < 30'000'000; ++n) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
    }
    return state;
}

int play(const std::string& role) {
    static const std::map<std::string, void (*)()> roles{
        {"echo", echo},
        {"echo-further", echo_further},
        {"take-blocks", take_blocks},
        {"look-at-shared-block", look_at_shared_block},
        {"wait", wait_for_end},
        {"nothing", [] {}},
        {"compute", compute_when_told},
        {"count", count_alone},
        {"fail", fail_when_told},
        {"fail-among-threads", fail_among_threads}};
    const auto found = roles.find(role);
    if (found == roles.end()) return 2;
    found->second();
    return 0;
}

}  // namespace comparison
