// Both ends of a lane, and connections between them.
#include <sstream>

#include "tests/05-round-robin/lanes.hpp"
#include "tests/helpers.hpp"

using namespace cluster;
using namespace tests;

namespace {

struct two_ends {
    explicit two_ends(const asio::any_io_executor& executor,
                      support::socket_pair pair = support::make_socket_pair())
        : primary(executor, std::move(pair.first)), worker(executor, std::move(pair.second)) {}
    told_sender primary;
    told_receiver worker;
};

}  // namespace

TEST_CASE("64 connections in one offer arrive in order, and work", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        two_ends ends(co_await asio::this_coro::executor);
        const accepted_connections here(64);
        const auto offer = ends.primary.lane->send(5, here.fds);
        CHECK(offer.taken == 64);
        CHECK_FALSE(offer.error);
        co_await until(ends.primary, [&] { return !ends.primary.told.empty(); });
        CHECK(ends.primary.told == std::vector<std::string>{"0:64/64"});
        co_await until(ends.worker, [&] { return ends.worker.got.size() == 64; });
        for (std::size_t n = 0; n < 64; ++n) {
            const int there = ends.worker.got[n].get();
            CHECK(same_socket(there, here.fds[n]));
            CHECK((::fcntl(there, F_GETFD) & FD_CLOEXEC) != 0);
            const std::string text = "hello " + std::to_string(n);
            REQUIRE(::send(there, text.data(), text.size(), 0) > 0);
            std::string heard(32, '\0');
            heard.resize(::recv(here.pairs[n].client.get(), heard.data(), heard.size(), 0));
            CHECK(heard == text);
        }
    });
}

TEST_CASE("our copies of what was offered stay open", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        two_ends ends(co_await asio::this_coro::executor);
        ends.worker.answer = [](const lane_offer&) { return lane_answer{true, 0}; };
        const accepted_connections here(3);
        CHECK(ends.primary.lane->send(1, here.fds).taken == 3);
        co_await until(ends.primary, [&] { return !ends.primary.told.empty(); });
        for (const auto& pair : here.pairs) {
            CHECK(::send(pair.accepted.get(), "x", 1, 0) == 1);
            CHECK_FALSE(hung_up(pair.client.get()));
        }
    });
}

TEST_CASE("more than 64 connections go in several offers", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        two_ends ends(co_await asio::this_coro::executor);
        const accepted_connections here(100);
        const auto first = ends.primary.lane->send(1, here.fds);
        CHECK(first.taken == 64);
        const auto second = ends.primary.lane->send(1, std::span(here.fds).subspan(64));
        CHECK(second.taken == 36);
        CHECK(second.sequence == first.sequence + 1);
        co_await until(ends.primary, [&] { return ends.primary.told.size() == 2; });
        CHECK(ends.primary.told == std::vector<std::string>{"0:64/64", "1:36/36"});
        for (std::size_t n = 0; n < 100; ++n)
            CHECK(same_socket(ends.worker.got[n].get(), here.fds[n]));
    });
}

TEST_CASE("the first of an offer can be taken and the rest refused", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        two_ends ends(co_await asio::this_coro::executor);
        ends.worker.answer = [](const lane_offer&) { return lane_answer{true, 2}; };
        const accepted_connections here(5);
        CHECK(ends.primary.lane->send(1, here.fds).taken == 5);
        co_await until(ends.primary, [&] { return !ends.primary.told.empty(); });
        CHECK(ends.primary.told == std::vector<std::string>{"0:2/5"});
        REQUIRE(ends.worker.got.size() == 2);
        CHECK(same_socket(ends.worker.got[1].get(), here.fds[1]));
    });
}

TEST_CASE("a worker that does not know the listener says so", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        two_ends ends(co_await asio::this_coro::executor);
        ends.worker.answer = [](const lane_offer& offer) {
            return lane_answer{offer.listener == 1, offer.arrived};
        };
        const accepted_connections here(2);
        CHECK(ends.primary.lane->send(1, here.fds).taken == 2);
        CHECK(ends.primary.lane->send(2, here.fds).taken == 2);
        co_await until(ends.primary, [&] { return ends.primary.told.size() == 2; });
        CHECK(ends.primary.told == std::vector<std::string>{"0:2/2", "1:unknown"});
        CHECK(ends.worker.got.size() == 2);
    });
}

TEST_CASE("room and refusals are told in the order in which they were said", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        two_ends ends(co_await asio::this_coro::executor);
        const accepted_connections here(2);
        ends.worker.answer = [](const lane_offer&) { return lane_answer{true, 1}; };
        ends.worker.on_connections = [&] { ends.worker.lane->room(3); };
        CHECK(ends.primary.lane->send(3, here.fds).taken == 2);
        CHECK(ends.primary.lane->send(3, here.fds).taken == 2);
        co_await until(ends.primary, [&] { return ends.primary.told.size() == 4; });
        CHECK(ends.primary.told == std::vector<std::string>{"0:1/2", "room 3", "1:1/2", "room 3"});
    });
}

TEST_CASE("the primary knows the answer before a connection is handed out", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        two_ends ends(co_await asio::this_coro::executor);
        const accepted_connections here(1);
        std::size_t answers_at_hand_out = 0;
        ends.worker.on_connections = [&] {
            ends.primary.lane->receive();
            answers_at_hand_out = ends.primary.told.size();
        };
        CHECK(ends.primary.lane->send(1, here.fds).taken == 1);
        co_await until(ends.worker, [&] { return !ends.worker.got.empty(); });
        CHECK(answers_at_hand_out == 1);
    });
}

TEST_CASE("descriptors that find no place in the worker are told as refused", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        two_ends ends(co_await asio::this_coro::executor);
        const accepted_connections here(5);
        CHECK(ends.primary.lane->send(1, here.fds).taken == 5);
        {
            const few_descriptors full(2);
            co_await until(ends.primary, [&] { return !ends.primary.told.empty(); });
        }
        CHECK(ends.primary.told == std::vector<std::string>{"0:2/5"});
        REQUIRE(ends.worker.offers.size() == 1);
        CHECK(ends.worker.offers[0].arrived == 2);
        CHECK(ends.worker.offers[0].lost == 3);
        REQUIRE(ends.worker.got.size() == 2);
        CHECK(same_socket(ends.worker.got[0].get(), here.fds[0]));
        CHECK(same_socket(ends.worker.got[1].get(), here.fds[1]));
        // What was refused is still ours to offer.
        const auto rest = std::span(here.fds).subspan(2);
        CHECK(ends.primary.lane->send(1, rest).taken == 3);
        co_await until(ends.primary, [&] { return ends.primary.told.size() == 2; });
        CHECK(ends.primary.told.back() == "1:3/3");
    });
}

TEST_CASE("an offer of which nothing finds a place is refused whole", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        two_ends ends(co_await asio::this_coro::executor);
        const accepted_connections here(2);
        CHECK(ends.primary.lane->send(1, here.fds).taken == 2);
        const few_descriptors full(0);
        co_await until(ends.primary, [&] { return !ends.primary.told.empty(); });
        CHECK(ends.primary.told == std::vector<std::string>{"0:0/2"});
        CHECK(ends.worker.got.empty());
    });
}

TEST_CASE("a thousand offers keep their order, whatever is taken of them", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        two_ends ends(co_await asio::this_coro::executor);
        const accepted_connections here(8);
        ends.worker.answer = [&](const lane_offer&) {
            return lane_answer{true, ends.worker.offers.size() % 9};
        };
        ends.worker.on_connections = [&] { ends.worker.got.clear(); };
        std::uint32_t sent = 0;
        while (ends.primary.told.size() < 1000) {
            const std::size_t before = ends.primary.told.size();
            while (sent < 1000 && ends.primary.lane->send(sent, here.fds).taken == 8) ++sent;
            co_await until(ends.primary, [&] { return ends.primary.told.size() > before; });
        }
        for (std::size_t n = 0; n < 1000; ++n) {
            std::ostringstream expected;
            expected << n << ":" << (n + 1) % 9 << "/8";
            REQUIRE(ends.primary.told[n] == expected.str());
        }
    });
}

TEST_CASE("either handler may destroy its end", "[05][lane]") {
    tests::run([]() -> asio::awaitable<void> {
        two_ends ends(co_await asio::this_coro::executor);
        const accepted_connections here(2);
        SECTION("of the primary, at a report") {
            ends.primary.on_reports = [&] { ends.primary.lane.reset(); };
            CHECK(ends.primary.lane->send(1, here.fds).taken == 2);
            ends.primary.listen();
            co_await until(ends.worker, [&] { return ends.worker.ended.has_value(); });
            CHECK(ends.worker.got.size() == 2);
            CHECK_FALSE(ends.primary.ended);
        }
        SECTION("of the worker, at a connection") {
            ends.worker.on_connections = [&] { ends.worker.lane.reset(); };
            CHECK(ends.primary.lane->send(1, here.fds).taken == 2);
            CHECK(ends.primary.lane->send(1, here.fds).taken == 2);
            co_await until(ends.primary, [&] { return ends.primary.ended.has_value(); });
            CHECK(ends.primary.told == std::vector<std::string>{"0:2/2"});
            CHECK_FALSE(ends.worker.ended);
        }
    });
}
