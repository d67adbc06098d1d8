#include "03-handle-passing/connection_counter.hpp"

#include "tests/03-handle-passing/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

// A counter whose peer is the test.
struct counted {
    explicit counted(const asio::any_io_executor& executor)
        : counter(
              executor, [this](std::string_view line) { asked.emplace_back(line); },
              [this](std::string_view line) { answered.emplace_back(line); }) {}

    std::vector<std::string> asked;
    std::vector<std::string> answered;
    connection_counter counter;
};

const json get_count = json::parse(R"({"cmd":"NODE_SOCKET_GET_COUNT","key":"k"})");
const json notify_close = json::parse(R"({"cmd":"NODE_SOCKET_NOTIFY_CLOSE","key":"k"})");
const json all_closed = json::parse(R"({"cmd":"NODE_SOCKET_ALL_CLOSED","key":"k"})");
const std::string all_closed_line = "{\"cmd\":\"NODE_SOCKET_ALL_CLOSED\",\"key\":\"k\"}\n";

const json count_is_5 = json::parse(R"({"cmd":"NODE_SOCKET_COUNT","key":"k","count":5})");

template <class Result>
void start(const asio::any_io_executor& executor, asio::awaitable<Result> question,
           std::optional<Result>& to) {
    auto wait = [](asio::awaitable<Result> inner,
                   std::optional<Result>& result) -> asio::awaitable<void> {
        result = co_await std::move(inner);
    };
    asio::co_spawn(executor, wait(std::move(question), to), asio::detached);
}

}  // namespace

TEST_CASE("a holder tells how many connections it holds, by server", "[03][counter]") {
    asio::io_context io;
    counted here(io.get_executor());
    const auto one = here.counter.opened("k");
    {
        const auto other = here.counter.opened("k");
        const auto elsewhere = here.counter.opened("another");
        CHECK(here.counter.take(get_count));
        CHECK(here.answered.back() ==
              "{\"cmd\":\"NODE_SOCKET_COUNT\",\"key\":\"k\",\"count\":2}\n");
    }
    here.counter.take(get_count);
    CHECK(here.answered.back() == "{\"cmd\":\"NODE_SOCKET_COUNT\",\"key\":\"k\",\"count\":1}\n");
    here.counter.take({{"cmd", "NODE_SOCKET_GET_COUNT"}, {"key", "unheard \"of\""}});
    CHECK(here.answered.back() ==
          "{\"cmd\":\"NODE_SOCKET_COUNT\",\"key\":\"unheard \\\"of\\\"\",\"count\":0}\n");
    CHECK(here.asked.empty());
}

TEST_CASE("a holder without connections says at once that all are closed", "[03][counter]") {
    asio::io_context io;
    counted here(io.get_executor());
    CHECK(here.counter.take(notify_close));
    CHECK(here.answered == std::vector{all_closed_line});
}

TEST_CASE("a holder says that all are closed when the last one ends, once", "[03][counter]") {
    asio::io_context io;
    counted here(io.get_executor());
    {
        connection_ticket kept;
        {
            const auto one = here.counter.opened("k");
            kept = here.counter.opened("k");
            here.counter.take(notify_close);
            here.counter.take(notify_close);
        }
        CHECK(here.answered.empty());
    }
    CHECK(here.answered == std::vector{all_closed_line});
    { const auto later = here.counter.opened("k"); }
    CHECK(here.answered.size() == 1);
}

TEST_CASE("a connection without a key is not counted", "[03][counter]") {
    asio::io_context io;
    counted here(io.get_executor());
    const auto one = here.counter.opened("");
    here.counter.take({{"cmd", "NODE_SOCKET_GET_COUNT"}, {"key", ""}});
    CHECK(here.answered.back() == "{\"cmd\":\"NODE_SOCKET_COUNT\",\"key\":\"\",\"count\":0}\n");
}

TEST_CASE("a ticket counts once, however it is moved", "[03][counter]") {
    asio::io_context io;
    counted here(io.get_executor());
    auto one = here.counter.opened("k");
    auto other = std::move(one);
    one = std::move(other);
    std::vector<connection_ticket> tickets;
    tickets.push_back(std::move(one));
    tickets.push_back(here.counter.opened("k"));
    here.counter.take(get_count);
    CHECK(here.answered.back().find("\"count\":2") != std::string::npos);
    tickets[0] = std::move(tickets[1]);
    here.counter.take(get_count);
    CHECK(here.answered.back().find("\"count\":1") != std::string::npos);
}

TEST_CASE("a ticket may outlive the counter", "[03][counter]") {
    asio::io_context io;
    connection_ticket ticket;
    {
        counted here(io.get_executor());
        ticket = here.counter.opened("k");
        here.counter.take(notify_close);
    }
    SUCCEED();
}

TEST_CASE("after the channel's end a ticket tells nobody", "[03][counter]") {
    asio::io_context io;
    counted here(io.get_executor());
    {
        const auto one = here.counter.opened("k");
        here.counter.take(notify_close);
        here.counter.end();
    }
    CHECK(here.answered.empty());
}

TEST_CASE("an owner asks and gets the count", "[03][counter]") {
    asio::io_context io;
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
    asio::io_context io;
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
    asio::io_context io;
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
    asio::io_context io;
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
    asio::io_context io;
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
        asio::io_context io;
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

TEST_CASE("messages that are not about counting are left alone", "[03][counter]") {
    asio::io_context io;
    counted here(io.get_executor());
    for (const char* text :
         {R"({"cmd":"NODE_CLUSTER","key":"k"})", R"({"cmd":"NODE_SOCKET_GET_COUNT"})",
          R"({"cmd":"NODE_SOCKET_GET_COUNT","key":7})", R"({"key":"k"})", "{}"}) {
        CHECK_FALSE(here.counter.take(json::parse(text)));
    }
    CHECK(here.answered.empty());
}
