// Answers that are no messages: the board of a lane, as each side sees it.
#include "tests/05-round-robin/lanes.hpp"
#include "tests/helpers.hpp"

using namespace cluster;
using namespace tests;

namespace {

using told = std::vector<std::string>;

bool nothing_on(int socket) {
    char byte = 0;
    return ::recv(socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == -1 && errno == EAGAIN;
}

// A primary played by the test that has passed a board.
struct receiver_with_board : receiver_alone {
    explicit receiver_with_board(const asio::any_io_executor& executor,
                                 support::socket_pair pair = support::make_socket_pair())
        : receiver_alone(executor, std::move(pair)) {
        write_record(peer.get(), {lane_word::board}, {board.fd()});
    }
    answer_board board = answer_board::create();
};

asio::awaitable<void> until_offers(receiver_alone& ends, std::size_t count) {
    co_await until(ends.worker, [&ends, count] { return ends.worker.offers.size() == count; });
}

}  // namespace

TEST_CASE("a wish to be woken is seen once, by whoever publishes next", "[05][board]") {
    answer_board ours = answer_board::create();
    answer_board theirs = answer_board::map(support::duplicate(ours.fd()));
    CHECK(theirs.fd() == -1);
    CHECK(ours.read() == lane_progress{0, 0});
    theirs.publish({~0U, 7});
    CHECK(ours.read() == lane_progress{~0U, 7});
    CHECK_FALSE(theirs.take_wish());
    ours.wish();
    CHECK(ours.wishes());
    CHECK(theirs.take_wish());
    CHECK_FALSE(theirs.take_wish());
    CHECK_FALSE(ours.wishes());
}

TEST_CASE("an offer that is taken whole is answered before it is handed out, without a message",
          "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        receiver_with_board ends(co_await asio::this_coro::executor);
        const accepted_connections here(3);
        std::vector<lane_progress> at_hand_out;
        ends.worker.on_connections = [&] { at_hand_out.push_back(ends.board.read()); };
        for (const std::uint32_t number : {0U, 1U}) {
            write_record(ends.peer.get(), {lane_word::offer, 3, number, 1}, here.fds);
        }
        co_await until(ends.worker, [&] { return ends.worker.got.size() == 6; });
        CHECK(at_hand_out == std::vector<lane_progress>{{0, 1}, {0, 2}});
        CHECK(nothing_on(ends.peer.get()));
    });
}

TEST_CASE("an offer that is not taken whole is answered by a record, which is then published",
          "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        receiver_with_board ends(co_await asio::this_coro::executor);
        const accepted_connections here(2);
        ends.worker.answer = [](const lane_offer&) { return lane_answer{true, 1}; };
        write_record(ends.peer.get(), {lane_word::offer, 2, 0, 1}, here.fds);
        co_await until_offers(ends, 1);
        CHECK(read_record(ends.peer.get()).count == 1);
        CHECK(ends.board.read() == lane_progress{1, 1});
    });
}

TEST_CASE("a record that cannot be sent is not published", "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        auto pair = support::make_socket_pair();
        fill(pair.second.get());
        receiver_with_board ends(co_await asio::this_coro::executor, std::move(pair));
        const accepted_connections here(2);
        ends.worker.answer = [](const lane_offer&) { return lane_answer{true, 1}; };
        write_record(ends.peer.get(), {lane_word::offer, 2, 0, 1}, here.fds);
        co_await until_offers(ends, 1);
        CHECK(ends.board.read() == lane_progress{0, 0});
        CHECK(ends.worker.got.empty());
        std::array<char, 65536> some{};
        while (::recv(ends.peer.get(), some.data(), some.size(), MSG_DONTWAIT) > 0) continue;
        co_await until(ends.worker, [&] { return ends.worker.got.size() == 1; });
        CHECK(ends.board.read() == lane_progress{1, 1});
    });
}

TEST_CASE("a worker wakes its primary when that asks for it, and once", "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        receiver_with_board ends(co_await asio::this_coro::executor);
        const accepted_connections here(1);
        ends.board.wish();
        for (const std::uint32_t number : {0U, 1U}) {
            write_record(ends.peer.get(), {lane_word::offer, 1, number, 1}, here.fds);
        }
        co_await until(ends.worker, [&] { return ends.worker.got.size() == 2; });
        CHECK(read_record(ends.peer.get()).word == lane_word::wake);
        CHECK(nothing_on(ends.peer.get()));
    });
}

TEST_CASE("a worker gets one board, and nothing with it", "[05][board]") {
    for (const std::size_t descriptors : {1, 2}) {
        tests::run([descriptors]() -> asio::awaitable<void> {
            receiver_alone ends(co_await asio::this_coro::executor);
            const answer_board board = answer_board::create();
            const std::vector<int> fds(descriptors, board.fd());
            write_record(ends.peer.get(), {lane_word::board}, fds);
            if (descriptors == 1) write_record(ends.peer.get(), {lane_word::board}, fds);
            const auto error = co_await error_of(ends.worker);
            CHECK(error == lane_errc::malformed);
        });
    }
}

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
