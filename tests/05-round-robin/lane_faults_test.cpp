// Peers that break the rules.
#include "tests/05-round-robin/lanes.hpp"
#include "tests/helpers.hpp"

using namespace cluster;
using namespace tests;

TEST_CASE("an offer of nothing is a mistake, and harms nobody", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        CHECK(ends.primary.lane->send(1, {}).error == std::errc::invalid_argument);
        CHECK(ends.primary.lane->is_open());
    });
}

TEST_CASE("a worker that breaks the rules ends its lane, behind what was right", "[05][lane]") {
    struct wrong {
        lane_record record;
        lane_errc error;
    };
    const wrong cases[] = {
        {{lane_word::answer, 3, 1, 1}, lane_errc::too_many_taken},
        {{lane_word::answer, 0, 0, 1}, lane_errc::unknown_offer},  // answered already
        {{lane_word::answer, 0, 2, 1}, lane_errc::unknown_offer},  // not its turn
        {{lane_word::answer, 0, 9, 1}, lane_errc::unknown_offer},
        {{lane_word::unknown_listener, 0, 9, 1}, lane_errc::unknown_offer},
        {{lane_word::offer, 1, 0, 1}, lane_errc::malformed},
        {{lane_word(0), 0, 0, 0}, lane_errc::malformed},
        {{lane_word(0xabcd), 0xffff, ~0U, ~0U}, lane_errc::malformed},
    };
    for (const wrong& each : cases) {
        tests::run([&each]() -> asio::awaitable<void> {
            sender_alone ends(co_await asio::this_coro::executor);
            const accepted_connections here(2);
            for (int n = 0; n < 3; ++n) CHECK(ends.primary.lane->send(1, here.fds).taken == 2);
            write_record(ends.peer.get(), {lane_word::answer, 2, 0, 1});
            write_record(ends.peer.get(), each.record);
            write_record(ends.peer.get(), {lane_word::answer, 2, 1, 1});
            const auto error = co_await error_of(ends.primary);
            CHECK(error == each.error);
            CHECK_FALSE(error.message().empty());
            CHECK(ends.primary.told == std::vector<std::string>{"0:2/2"});
            CHECK_FALSE(ends.primary.lane->is_open());
        });
    }
}

TEST_CASE("an answer to what was never offered ends the lane", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        write_record(ends.peer.get(), {lane_word::answer, 0, 0, 1});
        const auto error = co_await error_of(ends.primary);
        CHECK(error == lane_errc::unknown_offer);
    });
}

TEST_CASE("records may come in pieces", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        std::string bytes;
        for (std::uint32_t n = 0; n < 2; ++n) bytes += bytes_of({lane_word::room, 0, 0, n});
        REQUIRE(::send(ends.peer.get(), bytes.data(), 17, 0) == 17);
        ends.primary.lane->receive();
        CHECK(ends.primary.told.size() == 1);
        REQUIRE(::send(ends.peer.get(), bytes.data() + 17, 7, 0) == 7);
        ends.primary.lane->receive();
        CHECK(ends.primary.told == std::vector<std::string>{"room 0", "room 1"});
    });
}

TEST_CASE("half a record at the end is an error, at either end", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        sender_alone primary(executor);
        REQUIRE(::send(primary.peer.get(), "1234567", 7, 0) == 7);
        primary.peer.reset();
        auto error = co_await error_of(primary.primary);
        CHECK(error == lane_errc::truncated);

        receiver_alone worker(executor);
        auto line = support::make_socket_pair();
        send_with_many(worker.peer.get(), "1234567", {line.first.get()});
        line.first.reset();
        worker.peer.reset();
        error = co_await error_of(worker.worker);
        CHECK(error == lane_errc::truncated);
        CHECK(hung_up(line.second.get()));
    });
}

TEST_CASE("descriptors that a worker sends are closed and end nothing", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        auto line = support::make_socket_pair();
        write_record(ends.peer.get(), {lane_word::room, 0, 0, 1}, {line.first.get()});
        line.first.reset();
        co_await until(ends.primary, [&] { return !ends.primary.told.empty(); });
        CHECK(hung_up(line.second.get()));
        CHECK(ends.primary.lane->is_open());
    });
}

TEST_CASE("what is no offer ends a worker's lane, and its descriptors are closed", "[05][lane]") {
    struct wrong {
        lane_record record;
        std::size_t descriptors;
    };
    const wrong cases[] = {
        {{lane_word::offer, 1, 0, 1}, 2},  // more than announced
        {{lane_word::offer, 0, 0, 1}, 0},  {{lane_word::offer, 65, 0, 1}, 65},
        {{lane_word::answer, 1, 0, 1}, 1}, {{lane_word(0xffff), 0xffff, 0, 1}, 253},
    };
    for (const wrong& each : cases) {
        tests::run([&each]() -> asio::awaitable<void> {
            receiver_alone ends(co_await asio::this_coro::executor);
            auto line = support::make_socket_pair();
            write_record(ends.peer.get(), each.record,
                         std::vector<int>(each.descriptors, line.first.get()));
            line.first.reset();
            const auto error = co_await error_of(ends.worker);
            CHECK(error == lane_errc::malformed);
            CHECK(hung_up(line.second.get()));
            CHECK(ends.worker.offers.empty());
        });
    }
}
