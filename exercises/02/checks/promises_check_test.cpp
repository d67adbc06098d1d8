// What channel.hpp promises beside the way of a message: its order, what send() and post() say,
// whose messages appear, and every kind of end.
#include "exercises/02/checks/events.hpp"

using namespace child_process;
using namespace tests;

namespace {

// Send()s one message and says what came back.
asio::awaitable<void> send_and_tell(channel& to, json message, std::string& said) {
    const bool sent = co_await to.send(message);
    said = sent ? "true" : "false";
}

std::string truth(bool value) {
    return value ? "true" : "false";
}

// What receive() gives when the peer has sent `bytes`, and then died with ours unread.
asio::awaitable<std::string> given_by_reset(std::string bytes) {
    with_raw_peer raw(co_await asio::this_coro::executor);
    raw.here.post("unread");
    co_await settle();
    raw.write(bytes);
    raw.peer.reset();
    co_return kit::in_order(co_await kit::next_events(raw.here, bytes.empty() ? 1 : 2));
}

}  // namespace

TEST_CASE("messages go in the order in which they were sent, also past a send that waits") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        const std::string big = kit::counting(1'000'000);
        raw.here.post(big);
        co_await settle();
        std::string said;
        asio::co_spawn(executor, send_and_tell(raw.here, "first", said), asio::detached);
        co_await settle();
        raw.here.post("second");
        const std::size_t all = big.size() + 3 + std::string("\"first\"\n\"second\"\n").size();
        std::string arrived;
        for (int quiet = 0; quiet < 100 && arrived.size() < all; ++quiet) {
            const auto before = arrived.size();
            kit::drain(raw.peer.get(), arrived);
            if (arrived.size() > before) quiet = 0;
            co_await settle();
        }
        std::string tail = arrived.substr(std::min(arrived.size(), big.size() + 3));
        for (char& c : tail) c = c == '\n' ? ' ' : c;
        if (tail == "\"first\" \"second\" ") co_return;
        FAIL_CHECK("observed: with " << big.size()
                                     << " bytes queued, send(\"first\") began to wait, "
                                     << "then post(\"second\") was called; behind the long message "
                                     << "the peer got " << (tail.empty() ? "nothing" : tail));
    });
    SUCCEED();
}

TEST_CASE("post and send say whether there is room, and no when nobody can get it") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        const auto line_of = [](std::size_t size) { return json(std::string(size - 3, 'x')); };
        const bool room_left = raw.here.post(line_of(send_limit - 10));
        const bool full = raw.here.post(line_of(10));
        if (!room_left || full) {
            FAIL_CHECK("observed: post() said " << truth(room_left) << " with " << send_limit - 10
                                                << " bytes queued, and " << truth(full) << " with "
                                                << send_limit);
        }
        for (int n = 0; n < 10; ++n) raw.here.post(line_of(100'000));
        std::string said;
        asio::co_spawn(executor, send_and_tell(raw.here, "lost", said), asio::detached);
        co_await settle();
        raw.peer.reset();
        for (int turn = 0; turn < 20 && said.empty(); ++turn) co_await settle();
        if (said != "false") {
            FAIL_CHECK("observed: send() waited for room, then the peer died; send() "
                       << (said.empty() ? "still waits" : "said " + said));
        }
        with_raw_peer other(executor);
        co_await other.here.disconnect();
        const bool posted = other.here.post("late");
        std::string sent;
        asio::co_spawn(executor, send_and_tell(other.here, "late", sent), asio::detached);
        for (int turn = 0; turn < 20 && sent.empty(); ++turn) co_await settle();
        if (posted || sent != "false") {
            FAIL_CHECK("observed: after disconnect() post() said "
                       << truth(posted) << ", and send() "
                       << (sent.empty() ? "waits" : "said " + sent));
        }
    });
    SUCCEED();
}

TEST_CASE("messages that Node keeps for itself are left out, and those behind them come") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        const std::string bytes =
            "{\"cmd\":\"NODE_CLUSTER\",\"act\":\"online\"}\n{\"cmd\":\"NODES\"}\n"
            "{\"cmd\":\"NODE_DEBUG_ENABLED\"}\n{\"n\":2}\n";
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.write(bytes);
        const auto events = co_await kit::next_events(raw.here, 2);
        const std::vector<std::string> expected = {"the message {\"cmd\":\"NODES\"}",
                                                   "the message {\"n\":2}"};
        if (events == expected) co_return;
        FAIL_CHECK("observed: the peer sent " << json(bytes).dump() << " in one piece; receive() "
                                              << "gave " << kit::in_order(events)
                                              << "; expected: " << kit::in_order(expected));
    });
    SUCCEED();
}

TEST_CASE("a peer that died with our bytes unread is an end, not an error") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        for (const std::string& bytes : std::vector<std::string>{"", "\"before\"\n"}) {
            const std::string expected =
                bytes.empty() ? "the end" : "the message \"before\", then the end";
            const std::string given = co_await given_by_reset(bytes);
            if (given == expected) continue;
            FAIL_CHECK("observed: the peer sent " << (bytes.empty() ? "nothing" : "\"before\"")
                                                  << " and died without reading what we had sent; "
                                                  << "receive() gave " << given
                                                  << "; expected: " << expected);
        }
    });
    SUCCEED();
}

TEST_CASE("a disconnect that is cut short closes at once") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.here.post(kit::counting(1'000'000));
        const bool left = co_await support::with_end(raw.here.disconnect(), settle());
        std::string arrived;
        const bool ended = co_await kit::drain_all(raw.peer.get(), arrived);
        if (left) {
            FAIL_CHECK("observed: with 1000000 bytes queued, disconnect() did not wait");
        } else if (!ended) {
            FAIL_CHECK(
                "observed: disconnect() waited for a peer that does not read, and was "
                "cancelled; then the peer read "
                << arrived.size() << " bytes, and no end came: the descriptor is still open");
        }
    });
    SUCCEED();
}
