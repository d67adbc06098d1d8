// The counter of a process that was passed connections.
#include "tests/03-handle-passing/counting.hpp"

using namespace child_process;
using namespace tests;

TEST_CASE("a holder tells how many connections it holds, by server", "[03][counter]") {
    asio::io_context io(1);
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
    asio::io_context io(1);
    counted here(io.get_executor());
    CHECK(here.counter.take(notify_close));
    CHECK(here.answered == std::vector{all_closed_line});
}

TEST_CASE("a holder says that all are closed when the last one ends, once", "[03][counter]") {
    asio::io_context io(1);
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
    asio::io_context io(1);
    counted here(io.get_executor());
    const auto one = here.counter.opened("");
    here.counter.take({{"cmd", "NODE_SOCKET_GET_COUNT"}, {"key", ""}});
    CHECK(here.answered.back() == "{\"cmd\":\"NODE_SOCKET_COUNT\",\"key\":\"\",\"count\":0}\n");
}

TEST_CASE("a ticket counts once, however it is moved", "[03][counter]") {
    asio::io_context io(1);
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
    asio::io_context io(1);
    connection_ticket ticket;
    {
        counted here(io.get_executor());
        ticket = here.counter.opened("k");
        here.counter.take(notify_close);
    }
    SUCCEED();
}

TEST_CASE("after the channel's end a ticket tells nobody", "[03][counter]") {
    asio::io_context io(1);
    counted here(io.get_executor());
    {
        const auto one = here.counter.opened("k");
        here.counter.take(notify_close);
        here.counter.end();
    }
    CHECK(here.answered.empty());
}

TEST_CASE("messages that are not about counting are left alone", "[03][counter]") {
    asio::io_context io(1);
    counted here(io.get_executor());
    for (const char* text :
         {R"({"cmd":"NODE_CLUSTER","key":"k"})", R"({"cmd":"NODE_SOCKET_GET_COUNT"})",
          R"({"cmd":"NODE_SOCKET_GET_COUNT","key":7})", R"({"key":"k"})", "{}"}) {
        CHECK_FALSE(here.counter.take(json::parse(text)));
    }
    CHECK(here.answered.empty());
}
