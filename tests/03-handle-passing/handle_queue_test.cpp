#include "03-handle-passing/handle_queue.hpp"

#include "tests/03-handle-passing/queueing.hpp"

using namespace child_process;
using namespace tests;

TEST_CASE("lines without handles leave at once, in order", "[03][handle_queue]") {
    handle_queue queue;
    CHECK(queue.empty());
    queue.push("a");
    queue.push("bc");
    CHECK(queue.size() == 3);
    CHECK(written(queue) == "a");
    CHECK(written(queue) == "bc");
    CHECK(written(queue) == "-");
    CHECK(queue.size() == 0);
    CHECK(queue.empty());
}

TEST_CASE("everything behind a handle waits for its answer", "[03][handle_queue]") {
    handle_queue queue;
    queue.push("a");
    const auto first = queue.push("b", server_handle());
    queue.push("c");
    const auto second = queue.push("d", server_handle());
    queue.push("e");
    CHECK(written(queue) == "a");
    CHECK(written(queue) == "b*");
    CHECK(written(queue) == "-");
    const auto outcome = queue.answered(true);
    REQUIRE(outcome);
    CHECK(outcome->ticket == first);
    CHECK(outcome->result == delivery::arrived);
    CHECK(written(queue) == "c");
    CHECK(written(queue) == "d*");
    CHECK(written(queue) == "-");
    const auto other = queue.answered(true);
    REQUIRE(other);
    CHECK(other->ticket == second);
    CHECK(written(queue) == "e");
    CHECK(queue.empty());
}

TEST_CASE("our copy of a handle is closed when its arrival is acknowledged", "[03][handle_queue]") {
    handle_queue queue;
    auto line = support::make_socket_pair();
    queue.push("a", handle(std::move(line.first)));
    CHECK(written(queue) == "a*");
    CHECK_FALSE(hung_up(line.second.get()));
    queue.answered(true);
    CHECK(hung_up(line.second.get()));
}

TEST_CASE("a connection that did not arrive is sent four times in all, then refused",
          "[03][handle_queue]") {
    handle_queue queue;
    auto line = support::make_socket_pair();
    queue.push("a", handle(std::move(line.first)));
    queue.push("b");
    for (int time = 0; time < 3; ++time) {
        CHECK(written(queue) == "a*");
        CHECK(written(queue) == "-");
        CHECK_FALSE(queue.answered(false));
    }
    CHECK(written(queue) == "a*");
    CHECK_FALSE(hung_up(line.second.get()));
    const auto outcome = queue.answered(false);
    REQUIRE(outcome);
    CHECK(outcome->result == delivery::refused);
    CHECK(hung_up(line.second.get()));
    CHECK(written(queue) == "b");
}

TEST_CASE("the retries of one connection are not taken from the next", "[03][handle_queue]") {
    handle_queue queue;
    queue.push("a", connection_handle());
    queue.push("b", connection_handle());
    for (int time = 0; time < 3; ++time) {
        CHECK(written(queue) == "a*");
        CHECK_FALSE(queue.answered(false));
    }
    CHECK(written(queue) == "a*");
    CHECK(queue.answered(true)->result == delivery::arrived);
    CHECK(written(queue) == "b*");
    CHECK_FALSE(queue.answered(false));
    CHECK(written(queue) == "b*");
}

TEST_CASE("a server, a UDP socket or a bare handle that did not arrive is refused at once",
          "[03][handle_queue]") {
    handle_queue queue;
    queue.push("a", server_handle());
    queue.push("b", handle(support::bind_udp("127.0.0.1", 0)));
    queue.push("c", connection_handle().as_native());
    for (const char* line : {"a*", "b*", "c*"}) {
        CHECK(written(queue) == line);
        const auto outcome = queue.answered(false);
        REQUIRE(outcome);
        CHECK(outcome->result == delivery::refused);
    }
    CHECK(queue.empty());
}

TEST_CASE("an answer that nobody waits for changes nothing", "[03][handle_queue]") {
    handle_queue queue;
    CHECK_FALSE(queue.answered(true));
    CHECK_FALSE(queue.answered(false));
    queue.push("a");
    CHECK_FALSE(queue.answered(true));
    CHECK(written(queue) == "a");
}

TEST_CASE("an answer that comes before the descriptor has left is not believed",
          "[03][handle_queue]") {
    handle_queue queue;
    auto line = support::make_socket_pair();
    queue.push("a", handle(std::move(line.first)));
    REQUIRE(queue.next());
    CHECK_FALSE(queue.answered(true));
    CHECK_FALSE(queue.answered(false));
    CHECK_FALSE(hung_up(line.second.get()));
    queue.departed();
    CHECK(queue.answered(true)->result == delivery::arrived);
}

TEST_CASE("what is given up is closed and told of, each handle once", "[03][handle_queue]") {
    handle_queue queue;
    auto one = support::make_socket_pair();
    auto other = support::make_socket_pair();
    const auto first = queue.push("a", handle(std::move(one.first)));
    queue.push("b");
    const auto second = queue.push("c", handle(std::move(other.first)));
    CHECK(written(queue) == "a*");
    const auto outcomes = queue.abandon();
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes[0].ticket == first);
    CHECK(outcomes[1].ticket == second);
    for (const auto& outcome : outcomes) CHECK(outcome.result == delivery::disconnected);
    CHECK(hung_up(one.second.get()));
    CHECK(hung_up(other.second.get()));
    CHECK(queue.empty());
    CHECK(queue.size() == 0);
    CHECK(queue.abandon().empty());
}
