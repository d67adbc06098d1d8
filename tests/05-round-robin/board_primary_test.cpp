// Answers that are no messages: the board of a lane, as the primary uses it.
#include "tests/05-round-robin/lanes.hpp"
#include "tests/helpers.hpp"

using namespace cluster;
using namespace tests;

namespace {

using told = std::vector<std::string>;

}  // namespace

TEST_CASE("the primary sees what is on the board when it looks", "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        lane_sender& lane = *ends.primary.lane;
        const accepted_connections here(2);
        for (int n = 0; n < 5; ++n) CHECK(lane.send(1, here.fds).taken == 2);
        lane.look();
        CHECK(ends.primary.told.empty());
        ends.board.publish({0, 2});
        lane.look();
        CHECK(ends.primary.told == told{"0:2/2", "1:2/2"});
        CHECK(lane.unanswered());
        write_record(ends.peer.get(), {lane_word::answer, 1, 3, 1});  // the third is on the board
        ends.board.publish({1, 5});
        lane.look();
        CHECK(ends.primary.told == told{"0:2/2", "1:2/2", "2:2/2", "3:1/2", "4:2/2"});
        CHECK_FALSE(lane.unanswered());
    });
}

TEST_CASE("a record may come before it is published", "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        lane_sender& lane = *ends.primary.lane;
        const accepted_connections here(2);
        for (int n = 0; n < 2; ++n) CHECK(lane.send(1, here.fds).taken == 2);
        ends.board.publish({0, 1});
        write_record(ends.peer.get(), {lane_word::answer, 0, 1, 1});
        lane.receive();
        CHECK(ends.primary.told == told{"0:2/2", "1:0/2"});
        lane.look();
        ends.board.publish({1, 2});
        lane.look();
        CHECK(ends.primary.told.size() == 2);
        CHECK(lane.is_open());
    });
}

TEST_CASE("who asks to be woken misses no answer", "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        lane_sender& lane = *ends.primary.lane;
        const accepted_connections here(1);
        lane.wake_at_answer();
        CHECK_FALSE(ends.board.take_wish());  // nothing is to be answered
        CHECK(lane.send(1, here.fds).taken == 1);
        SECTION("that was there before") {
            ends.board.publish({0, 1});
            lane.wake_at_answer();
        }
        SECTION("that comes later") {
            lane.wake_at_answer();
            CHECK(ends.primary.told.empty());
            ends.board.publish({0, 1});
            CHECK(ends.board.take_wish());
            write_record(ends.peer.get(), {lane_word::wake});
            while (ends.primary.told.empty()) co_await ends.primary.news.wait();
        }
        CHECK(ends.primary.told == told{"0:1/1"});
    });
}

TEST_CASE("who asks for the last answer keeps what it has asked for", "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        lane_sender& lane = *ends.primary.lane;
        const accepted_connections here(1);
        for (int n = 0; n < 2; ++n) CHECK(lane.send(1, here.fds).taken == 1);
        lane.wake_at_last_answer();
        CHECK(lane.send(1, here.fds).taken == 1);
        lane.wake_at_last_answer();
        SECTION("which is the second") {
            ends.board.publish({0, 1});
            CHECK_FALSE(ends.board.take_wish());
            ends.board.publish({0, 2});
        }
        SECTION("unless it cannot wait") {
            lane.wake_at_answer();
            ends.board.publish({0, 1});
        }
        CHECK(ends.board.take_wish());
    });
}

TEST_CASE("what a dead worker has published is its own, and nothing else", "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        const accepted_connections here(1);
        for (int n = 0; n < 3; ++n) CHECK(ends.primary.lane->send(1, here.fds).taken == 1);
        ends.board.publish({0, 2});
        std::error_code error;
        SECTION("when it ends between two records") {}
        SECTION("when it ends in the midst of one") {
            REQUIRE(::send(ends.peer.get(), "1234567", 7, 0) == 7);
            error = lane_errc::truncated;
        }
        ends.peer.reset();
        ends.primary.lane->receive();
        CHECK(ends.primary.told == told{"0:1/1", "1:1/1"});
        CHECK(ends.primary.ended == error);
    });
}

TEST_CASE("the numbers of offers go round", "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto pair = support::make_socket_pair();
        told_sender primary(executor, std::move(pair.first), ~0U - 1);
        told_receiver worker(executor, std::move(pair.second));
        worker.answer = [&](const lane_offer& offer) {
            return lane_answer{true, worker.offers.size() % 2 == 0 ? offer.arrived : 1};
        };
        const accepted_connections here(2);
        for (int n = 0; n < 5; ++n) CHECK(primary.lane->send(1, here.fds).taken == 2);
        co_await until(primary, [&] { return primary.told.size() == 5; });
        CHECK(primary.told == told{"4294967294:1/2", "4294967295:2/2", "0:1/2", "1:2/2", "2:1/2"});
        CHECK_FALSE(primary.lane->unanswered());
    });
}

TEST_CASE("nonsense on the board takes nothing", "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        sender_alone ends(co_await asio::this_coro::executor);
        lane_sender& lane = *ends.primary.lane;
        const accepted_connections here(1);
        for (int n = 0; n < 2; ++n) CHECK(lane.send(1, here.fds).taken == 1);
        ends.board.publish({0, 1});
        lane.look();
        SECTION("an answer to what was not offered ends the lane") {
            for (const std::uint32_t number : {3U, ~0U, 0U}) {
                INFO(number);
                ends.board.publish({0, number});
                lane.look();
                CHECK(ends.primary.ended == lane_errc::unknown_offer);
            }
        }
        SECTION("records that were not sent are not waited for") {
            ends.board.publish({9, 2});
            lane.look();
            lane.wake_at_answer();
            CHECK(lane.is_open());
            CHECK(lane.unanswered());
        }
        CHECK(ends.primary.told == told{"0:1/1"});
    });
}
