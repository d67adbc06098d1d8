// Does the outbox get every byte out, once and in order, whatever the socket says?
#include "exercises/02/checks/answered.hpp"

using namespace child_process;
using kit::answered;
using kit::failed;
using tests::settle;

namespace {

// What the outbox did when every write failed with `error`; empty if that was right.
asio::awaitable<std::string> seen_of_lost_peer(int error) {
    constexpr int too_often = 50;
    const auto executor = co_await asio::this_coro::executor;
    answered to(executor);
    // Whoever tries without end is let go in the end, so that the check ends, too.
    to.answer = [&](std::string_view bytes) {
        return to.writes > too_often ? static_cast<ssize_t>(bytes.size()) : failed(error);
    };
    to.out.append("lost");
    bool woken = false;
    asio::co_spawn(executor, kit::tell_below(to.out, 1, woken), asio::detached);
    co_await settle();
    to.out.append("dropped");
    co_await settle();
    if (to.writes > too_often) co_return "write was tried more than 50 times";
    if (!to.out.broken()) co_return "broken() is false";
    if (to.out.size() != 0) {
        co_return std::to_string(to.out.size()) + " bytes are kept for a peer that is gone";
    }
    co_return woken ? "" : "who waits in until_below() was never woken";
}

}  // namespace

TEST_CASE("what one write does not take goes with the next ones") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        const std::string all = "0123456789";
        answered to(co_await asio::this_coro::executor);
        std::string written;
        to.answer = [&](std::string_view bytes) {
            if (to.writes > 20) return failed(EPIPE);  // whoever never ends is ended
            written += bytes.substr(0, 3);
            return static_cast<ssize_t>(std::min<std::size_t>(3, bytes.size()));
        };
        to.out.append(all);
        for (int turn = 0; turn < 20 && to.out.size() > 0; ++turn) co_await settle();
        if (written != all || to.out.size() != 0) {
            FAIL_CHECK("observed: " << all.size() << " bytes were queued, a write takes 3; "
                                    << to.writes << " writes were made, they took "
                                    << kit::shown(written) << ", and " << to.out.size()
                                    << " bytes are still queued");
            co_return;
        }
        to.writes = 0;
        to.out.append("more");
        for (int turn = 0; turn < 20 && to.out.size() > 0; ++turn) co_await settle();
        if (written != all + "more") {
            FAIL_CHECK("observed: all was written; then 4 bytes more were queued, "
                       << to.writes << " writes were made, and " << to.out.size()
                       << " bytes are still queued: is a flush still said to be on its way?");
        }
    });
}

TEST_CASE("a full socket is waited for, and then gets the rest in order") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        constexpr int too_often = 10;
        constexpr int for_ever = 1000;
        const std::string first = kit::counting(1'000'000);
        const std::string second = "and what came later";
        answered to(co_await asio::this_coro::executor);
        int in_vain = 0;
        std::string arrived;
        to.answer = [&](std::string_view bytes) {
            if (in_vain >= for_ever) kit::drain(to.peer.get(), arrived);
            const auto count =
                ::send(to.socket.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count == -1 && errno == EAGAIN) ++in_vain;
            return count;
        };
        to.out.append(first);
        co_await settle();
        to.out.append(second);
        co_await settle();
        if (in_vain > too_often) {
            FAIL_CHECK("observed: the peer did not read, and write was tried "
                       << (in_vain >= for_ever ? "without end" : std::to_string(in_vain) + " times")
                       << ", in vain (EAGAIN): a busy loop");
        }
        const std::size_t all = first.size() + second.size();
        for (int quiet = 0; quiet < 100 && arrived.size() < all; ++quiet) {
            const auto before = arrived.size();
            kit::drain(to.peer.get(), arrived);
            if (arrived.size() > before) quiet = 0;
            co_await settle();
        }
        if (arrived != first + second) {
            FAIL_CHECK("observed: the socket was full for a while (EAGAIN), then the peer read on; "
                       << kit::difference(arrived, first + second)
                       << (to.out.broken()
                               ? "; the outbox takes the peer for lost"
                               : "; " + std::to_string(to.out.size()) + " bytes are queued"));
        }
    });
}

TEST_CASE("a peer that is gone is noticed at the first write, and who waits is told") {
    const kit::busy_limit limit;
    const std::map<int, std::string> lasting = {
        {EPIPE, "EPIPE"}, {ECONNRESET, "ECONNRESET"}, {ENOTCONN, "ENOTCONN"}};
    for (const auto& [error, name] : lasting) {
        const int number = error;
        std::string seen;
        tests::run([&]() -> asio::awaitable<void> { seen = co_await seen_of_lost_peer(number); });
        if (!seen.empty()) {
            FAIL_CHECK("observed: write says " << name << ", the peer is lost: " << seen);
        }
    }
    SUCCEED();
}
