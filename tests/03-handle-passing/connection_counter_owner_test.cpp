// The counter of a process that passed connections away.
#include "tests/03-handle-passing/counting.hpp"

using namespace child_process;
using namespace tests;

TEST_CASE("an owner asks and gets the count", "[03][counter]") {
    asio::io_context io(1);
    counted here(io.get_executor());
    std::optional<std::optional<std::size_t>> first;
    std::optional<std::optional<std::size_t>> second;
    start(io.get_executor(), here.counter.count("k"), first);
    start(io.get_executor(), here.counter.count("k"), second);
    io.poll();
    // One question is on its way; its answer is for both.
    CHECK(here.asked ==
          std::vector<std::string>{"{\"cmd\":\"NODE_SOCKET_GET_COUNT\",\"key\":\"k\"}\n"});
    CHECK_FALSE(first);
    CHECK(here.counter.take(count_is_5));
    io.restart();
    io.poll();
    REQUIRE(first);
    CHECK(*first == std::size_t{5});
    REQUIRE(second);
    CHECK(*second == std::size_t{5});
    // A new question is a new line.
    std::optional<std::optional<std::size_t>> third;
    start(io.get_executor(), here.counter.count("k"), third);
    io.restart();
    io.poll();
    CHECK(here.asked.size() == 2);
    CHECK_FALSE(third);
    here.counter.end();
    io.restart();
    io.poll();
}

TEST_CASE("an owner waits until the peer holds nothing", "[03][counter]") {
    asio::io_context io(1);
    counted here(io.get_executor());
    std::optional<bool> done;
    start(io.get_executor(), here.counter.until_none("k"), done);
    io.poll();
    CHECK(here.asked ==
          std::vector<std::string>{"{\"cmd\":\"NODE_SOCKET_NOTIFY_CLOSE\",\"key\":\"k\"}\n"});
    here.counter.take(json::parse(R"({"cmd":"NODE_SOCKET_ALL_CLOSED","key":"another"})"));
    io.restart();
    io.poll();
    CHECK_FALSE(done);
    here.counter.take(all_closed);
    io.restart();
    io.poll();
    CHECK(done == true);
}

TEST_CASE("questions end without an answer when the channel does", "[03][counter]") {
    asio::io_context io(1);
    counted here(io.get_executor());
    std::optional<std::optional<std::size_t>> count;
    std::optional<bool> none;
    start(io.get_executor(), here.counter.count("k"), count);
    start(io.get_executor(), here.counter.until_none("k"), none);
    io.poll();
    here.counter.end();
    io.restart();
    io.poll();
    REQUIRE(count);
    CHECK_FALSE(count->has_value());
    CHECK(none == false);
    const auto late = support::run(here.counter.count("k"));
    CHECK_FALSE(late.has_value());
    CHECK(here.asked.size() == 2);
}

TEST_CASE("questions end without an answer when the counter is destroyed", "[03][counter]") {
    asio::io_context io(1);
    std::optional<std::optional<std::size_t>> count;
    {
        counted here(io.get_executor());
        start(io.get_executor(), here.counter.count("k"), count);
        io.poll();
    }
    io.restart();
    io.poll();
    REQUIRE(count);
    CHECK_FALSE(count->has_value());
}

TEST_CASE("answers to questions that were never asked are forgotten", "[03][counter]") {
    asio::io_context io(1);
    counted here(io.get_executor());
    CHECK(here.counter.take(count_is_5));
    CHECK(here.counter.take(all_closed));
    std::optional<std::optional<std::size_t>> count;
    start(io.get_executor(), here.counter.count("k"), count);
    io.poll();
    CHECK_FALSE(count);
    here.counter.end();
    io.restart();
    io.poll();
}

TEST_CASE("a count that is no number counts as none", "[03][counter]") {
    for (const char* text : {R"({"cmd":"NODE_SOCKET_COUNT","key":"k"})",
                             R"({"cmd":"NODE_SOCKET_COUNT","key":"k","count":"many"})",
                             R"({"cmd":"NODE_SOCKET_COUNT","key":"k","count":-1})"}) {
        asio::io_context io(1);
        counted here(io.get_executor());
        std::optional<std::optional<std::size_t>> count;
        start(io.get_executor(), here.counter.count("k"), count);
        io.poll();
        CHECK(here.counter.take(json::parse(text)));
        io.restart();
        io.poll();
        REQUIRE(count);
        CHECK(*count == std::size_t{0});
    }
}
