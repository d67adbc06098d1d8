// What a channel owes its peer, and what it owes its own process.
#include "exercises/02/checks/events.hpp"

using namespace child_process;
using namespace tests;
using kit::drain_all;
using kit::in_order;
using kit::next_events;

namespace {

asio::awaitable<void> send_many(channel& to, const json& message, int count, int& sent) {
    while (sent < count) {
        const bool taken = co_await to.send(message);
        if (!taken) co_return;
        ++sent;
    }
}

asio::awaitable<void> leave_and_tell(channel& end, bool& left) {
    co_await end.disconnect();
    left = true;
}

// A peer that sends `bytes`, perhaps hangs up, and is no more to be trusted: error, then end.
asio::awaitable<void> check_broken(std::string bytes, bool hangs_up, std::string error) {
    with_raw_peer raw(co_await asio::this_coro::executor);
    raw.write(bytes);
    if (hangs_up) raw.peer.reset();
    const auto events = co_await next_events(raw.here, 3);
    const std::vector<std::string> expected = {"the message \"before\"", error, "the end"};
    if (events != expected) {
        FAIL_CHECK("observed: the peer sent "
                   << json(bytes).dump() << (hangs_up ? " and hung up" : "") << "; receive() gave "
                   << in_order(events) << "; expected: " << in_order(expected));
    } else if (raw.here.connected()) {
        FAIL_CHECK("observed: after " << error << " the channel still says that it is connected");
    }
}

}  // namespace

TEST_CASE("send waits while the peer does not read, and goes on when it does") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        constexpr int count = 200;
        const json message = std::string(16 * 1024 - 3, 'x');  // 16 KiB as a line
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        int sent = 0;
        asio::co_spawn(executor, send_many(raw.here, message, count, sent), asio::detached);
        co_await settle();
        // The kernel holds some 208 KiB and the queue 128 KiB.
        if (sent >= 60) {
            FAIL_CHECK("observed: the peer reads nothing, and "
                       << sent << " sends of 16 KiB returned at once; that is " << sent * 16
                       << " KiB, and only 128 KiB may be queued here");
        } else if (sent < 8) {
            FAIL_CHECK("observed: the kernel has taken what was queued, and send "
                       << sent + 1 << " still waits for room that is there: nobody woke it");
        }
        std::string arrived;
        for (int quiet = 0; quiet < 100 && sent < count; ++quiet) {
            const int before = sent;
            kit::drain(raw.peer.get(), arrived);
            co_await settle();
            if (sent > before) quiet = 0;
        }
        if (sent >= 8 && sent < count) {
            FAIL_CHECK("observed: the peer has read "
                       << arrived.size() << " bytes and waits for more, and send " << sent + 1
                       << " of " << count << " still waits");
        }
    });
}

TEST_CASE("a peer that breaks the rules is an error, once, and the end of its channel") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        co_await check_broken("\"before\"\n{oops\n\"after\"\n", false, "the error 'malformed'");
        co_await check_broken("\"before\"\n{\"half\":", true, "the error 'truncated'");
    });
    SUCCEED();
}

TEST_CASE("a disconnect lets what was sent before it arrive, then ends") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        const json message = kit::counting(1'000'000);
        const std::string line = encode(message);
        raw.here.post(message);
        bool left = false;
        asio::co_spawn(executor, leave_and_tell(raw.here, left), asio::detached);
        co_await settle();
        std::string arrived;
        const bool ended = co_await drain_all(raw.peer.get(), arrived);
        co_await settle();
        if (arrived != line) {
            FAIL_CHECK("observed: disconnect() was called with "
                       << line.size() << " bytes queued; " << kit::difference(arrived, line)
                       << (ended ? ", then the end" : ""));
        } else if (!ended) {
            FAIL_CHECK("observed: all " << line.size()
                                        << " bytes arrived, but the end did not: the descriptor is "
                                           "still open, and disconnect() "
                                        << (left ? "has returned" : "still waits"));
        } else if (!left) {
            FAIL_CHECK(
                "observed: the peer has everything and the end, and disconnect() still "
                "waits");
        }
    });
    SUCCEED();
}

TEST_CASE("two that say goodbye at once, each before it reads, both get away") {
    const kit::busy_limit limit;
    tests::run([]() -> asio::awaitable<void> {
        constexpr std::size_t much = 2'000'000;
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        const json message = std::string(much, 'x');
        raw.here.post(message);
        bool left = false;
        asio::co_spawn(executor, leave_and_tell(raw.here, left), asio::detached);
        // The peer's goodbye is the same from the other side: first everything of its own.
        const std::string own(much, 'y');
        std::size_t written = 0;
        for (int quiet = 0; quiet < 100 && written < own.size(); ++quiet) {
            const auto count =
                ::send(raw.peer.get(), own.data() + written, own.size() - written, MSG_NOSIGNAL);
            if (count > 0) {
                written += static_cast<std::size_t>(count);
                quiet = 0;
            }
            co_await settle();
        }
        if (written < own.size()) {
            FAIL("observed: we left with " << much << " bytes queued; the peer leaves, too, and "
                                           << "could write " << written << " of its own " << much
                                           << " before it reads: nobody reads, each waits for the "
                                           << "other for ever");
        }
        std::string arrived;
        const bool ended = co_await drain_all(raw.peer.get(), arrived);
        co_await settle();
        const bool both_away = arrived == encode(message) && ended && left;
        if (!both_away) {
            FAIL_CHECK("observed: the peer wrote its goodbye and then read: "
                       << kit::difference(arrived, encode(message))
                       << (ended ? ", then the end" : ", no end") << "; disconnect() "
                       << (left ? "has returned" : "still waits"));
        }
    });
}
