// What an outbox owes those who use it while its queue is not empty: few writes, an early word when
// there is room, and no more memory than what is queued.
#include <malloc.h>

#include "exercises/02/checks/answered.hpp"

using namespace child_process;
using tests::settle;

namespace {

constexpr std::size_t a_kib = 1024;

// Everything that malloc has given out in this process.
std::size_t in_use() {
    const auto now = ::mallinfo2();
    return now.uordblks + now.hblkhd;
}

}  // namespace

TEST_CASE("a write that a signal interrupts is made again, and nobody is lost") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        kit::answered to(co_await asio::this_coro::executor);
        std::string written;
        to.answer = [&](std::string_view bytes) {
            if (to.writes == 2 || to.writes == 3) return kit::failed(EINTR);
            written += bytes.substr(0, 3);
            return static_cast<ssize_t>(std::min<std::size_t>(3, bytes.size()));
        };
        to.out.append("012345");
        co_await settle();
        if (written == "012345" && !to.out.broken()) co_return;
        FAIL_CHECK(
            "observed: 6 bytes were queued, a write took 3, the next two said EINTR; written "
            << "is " << kit::shown(written) << ", " << to.out.size()
            << " bytes are queued, and broken() is "
            << (to.out.broken() ? "true: the peer is given up, and lives" : "false"));
    });
    SUCCEED();
}

TEST_CASE("a full socket is not asked again with every message that is queued") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        constexpr int appended = 100;
        kit::answered to(co_await asio::this_coro::executor);
        to.answer = [&](std::string_view bytes) {
            return ::send(to.socket.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        };
        to.out.append(kit::counting(1000 * a_kib));
        co_await settle();
        to.writes = 0;
        for (int n = 0; n < appended; ++n) {
            to.out.append("more");
            co_await settle();
        }
        if (to.writes <= appended / 10) co_return;
        FAIL_CHECK("observed: the socket was full and the outbox waited for it; then "
                   << appended << " messages were queued, one after the other, and write was tried "
                   << to.writes << " times more, in vain: each of these began a wait of its own");
    });
    SUCCEED();
}

TEST_CASE("who waits for room is woken when there is room, not when all is written") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        kit::answered to(executor);
        std::size_t room = 0;
        to.answer = [&](std::string_view bytes) {
            const std::size_t taken = std::min(room, bytes.size());
            room -= taken;
            return taken > 0 ? static_cast<ssize_t>(taken) : kit::failed(EAGAIN);
        };
        bool below_half = false;
        bool below_rest = false;
        bool below_one = false;
        to.out.append(std::string(1000, 'x'));
        asio::co_spawn(executor, kit::tell_below(to.out, 500, below_half), asio::detached);
        asio::co_spawn(executor, kit::tell_below(to.out, 100, below_rest), asio::detached);
        asio::co_spawn(executor, kit::tell_below(to.out, 1, below_one), asio::detached);
        co_await settle();
        room = 900;
        co_await settle();
        const std::string queued = std::to_string(to.out.size());
        if (!below_half) {
            FAIL_CHECK("observed: of 1000 bytes 900 were written and "
                       << queued << " are queued; who waits for less than 500 is not woken");
        } else if (below_rest) {
            FAIL_CHECK("observed: " << queued
                                    << " bytes are queued, and until_below(100) returned");
        } else if (below_one) {
            FAIL_CHECK("observed: " << queued << " bytes are queued, and until_below(1) returned");
        }
        room = 100;
        co_await settle();
        if (below_half && !below_one) {
            FAIL_CHECK("observed: all was written, and who waits in until_below(1) is not woken");
        }
    });
    SUCCEED();
}

TEST_CASE("what is written leaves the memory, although the queue is never empty") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        constexpr std::size_t piece = 64 * a_kib;
        constexpr std::size_t pieces = 256;
        constexpr std::size_t most = 6 * a_kib * a_kib;
        kit::answered to(co_await asio::this_coro::executor);
        std::size_t written = 0;
        to.answer = [&](std::string_view bytes) {
            if (bytes.size() <= piece) return kit::failed(EAGAIN);
            written += bytes.size() - piece;
            return static_cast<ssize_t>(bytes.size() - piece);
        };
        to.out.append(std::string(piece, 'x'));
        co_await settle();
        const std::size_t before = in_use();
        for (std::size_t n = 0; n < pieces; ++n) {
            to.out.append(std::string(piece, 'x'));
            for (int turn = 0; turn < 20 && to.out.size() > piece; ++turn) co_await settle();
        }
        const std::size_t now = in_use();
        const std::size_t grown = now > before ? now - before : 0;
        if (grown < most) co_return;
        FAIL_CHECK("observed: " << written / a_kib << " KiB were written, never were more than "
                                << 2 * piece / a_kib << " KiB queued nor fewer than "
                                << piece / a_kib << ", and the memory in use grew by "
                                << grown / a_kib << " KiB: what is written stays in queue_");
    });
    SUCCEED();
}
