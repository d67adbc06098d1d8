// Answers that are no messages: the board of a lane, as the worker uses it.
#include "tests/05-round-robin/lanes.hpp"
#include "tests/helpers.hpp"

using namespace cluster;
using namespace tests;

namespace {

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

TEST_CASE("a wish to be woken comes true once, at the answer that it names", "[05][board]") {
    answer_board ours = answer_board::create();
    answer_board theirs = answer_board::map(support::duplicate(ours.fd()));
    CHECK(theirs.fd() == -1);
    CHECK(ours.read() == lane_progress{0, 0});
    theirs.publish({~0U, 7});
    CHECK(ours.read() == lane_progress{~0U, 7});
    CHECK_FALSE(theirs.take_wish());
    ours.wish(9);
    CHECK(ours.wishes());
    theirs.publish({~0U, 8});
    CHECK_FALSE(theirs.take_wish());
    theirs.publish({~0U, 9});
    CHECK(theirs.take_wish());
    CHECK_FALSE(theirs.take_wish());
    CHECK_FALSE(ours.wishes());
    theirs.publish({~0U, ~0U});
    ours.wish(1);  // the numbers go round
    CHECK_FALSE(theirs.take_wish());
    theirs.publish({~0U, 2});
    CHECK(theirs.take_wish());
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

TEST_CASE("a worker wakes its primary at the answer for which that asks, and once", "[05][board]") {
    tests::run([]() -> asio::awaitable<void> {
        receiver_with_board ends(co_await asio::this_coro::executor);
        const accepted_connections here(1);
        ends.board.wish(2);
        std::vector<bool> woken;
        ends.worker.on_connections = [&] { woken.push_back(!nothing_on(ends.peer.get())); };
        for (const std::uint32_t number : {0U, 1U, 2U}) {
            write_record(ends.peer.get(), {lane_word::offer, 1, number, 1}, here.fds);
        }
        co_await until(ends.worker, [&] { return ends.worker.got.size() == 3; });
        CHECK(woken == std::vector<bool>{false, true, true});
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
