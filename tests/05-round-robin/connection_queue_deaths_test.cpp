// What becomes of connections when workers come and go.
#include <stdexcept>

#include "tests/05-round-robin/queueing.hpp"

using namespace cluster;
using namespace tests;

TEST_CASE("what a dead worker has not answered is offered again, ahead of all others, in order",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0, {4, true});
    arrive(queue, 1, 6, at(0));
    CHECK(offers(queue, at(0)) == "1>1 2>1 3>1 4>1");
    CHECK(queue.accepted(1, 2));
    queue.left(1, at(0));
    CHECK(queue.size() == 5);
    queue.join(2, 0);
    CHECK(offers(queue, at(0)) == "1>2 3>2 4>2 5>2 6>2");
}

TEST_CASE("connections that come back one after the other are in order of arrival again",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    for (const int worker : {1, 2, 3}) queue.join(worker, worker);
    arrive(queue, 1, 6, at(0));
    CHECK(offers(queue, at(0)) == "1>1 2>2 3>3 4>1 5>2 6>3");
    arrive(queue, 7, 7, at(0));
    CHECK(queue.refused(2, 5, refusal::full, at(0)));
    queue.left(3, at(0));
    CHECK(queue.refused(1, 1, refusal::full, at(0)));
    CHECK(queue.refused(2, 2, refusal::full, at(0)));
    queue.join(4, 3);
    CHECK(offers(queue, at(0)) == "1>4 2>4 3>4 5>4 6>4 7>4");
}

TEST_CASE("a connection is given up after three deaths", "[05][connection_queue]") {
    connection_queue queue(round_robin());
    arrive(queue, 1, 1, at(0));
    for (const int worker : {1, 2, 3}) {
        CHECK(queue.abandoned(at(0)).empty());
        queue.join(worker, 0);
        CHECK(queue.next(at(0)));
        queue.left(worker, at(0));
    }
    CHECK(queue.abandoned(at(0)) == numbers{1});
    CHECK(queue.abandoned(at(0)).empty());
    CHECK(queue.empty());
}

TEST_CASE("three workers that do not know the server are enough", "[05][connection_queue]") {
    connection_queue queue(round_robin());
    for (const int worker : {1, 2, 3, 4}) queue.join(worker, worker);
    arrive(queue, 1, 1, at(0));
    for (const int worker : {1, 2, 3}) {
        CHECK(queue.abandoned(at(0)).empty());
        CHECK(offers(queue, at(0)) == "1>" + std::to_string(worker));
        CHECK(queue.refused(worker, 1, refusal::not_listening, at(0)));
    }
    CHECK(queue.abandoned(at(0)) == numbers{1});
    CHECK(queue.wants(at(0)) == 8);  // the three get nothing more
}

TEST_CASE("the number of failed offers can be chosen", "[05][connection_queue]") {
    queue_limits limits;
    limits.most_offers = 1;
    connection_queue queue(round_robin(), limits);
    queue.join(1, 0);
    arrive(queue, 1, 2, at(0));
    CHECK(offers(queue, at(0)) == "1>1 2>1");
    queue.left(1, at(0));
    CHECK(queue.abandoned(at(0)) == numbers{1, 2});
}

TEST_CASE("a worker that leaves gets nothing more, and its answers still count",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0);
    queue.join(2, 1);
    arrive(queue, 1, 4, at(0));
    CHECK(offers(queue, at(0)) == "1>1 2>2 3>1 4>2");
    queue.leave(1, at(0));
    CHECK(queue.wants(at(0)) == 6);
    CHECK(queue.accepted(1, 1));
    CHECK(queue.refused(1, 3, refusal::not_listening, at(0)));
    CHECK(offers(queue, at(0)) == "3>2");
    queue.left(1, at(0));
    CHECK(queue.size() == 0);
}

TEST_CASE("refusals by workers that are leaving are not the connection's fault",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    arrive(queue, 1, 1, at(0));
    for (int worker = 1; worker <= 10; ++worker) {
        queue.join(worker, 0);
        CHECK(queue.next(at(0)));
        queue.leave(worker, at(0));
        CHECK(queue.refused(worker, 1, refusal::not_listening, at(0)));
    }
    CHECK(queue.abandoned(at(0)).empty());
    CHECK(queue.size() == 1);
}

TEST_CASE("a worker that left may join again, and answers from before still count",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0, {2, true});
    arrive(queue, 1, 3, at(0));
    CHECK(offers(queue, at(0)) == "1>1 2>1");
    queue.leave(1, at(0));
    queue.join(1, 0, {3, true});
    CHECK(offers(queue, at(0)) == "3>1");
    CHECK(queue.accepted(1, 1));
    CHECK(queue.accepted(1, 2));
    CHECK(queue.accepted(1, 3));
    CHECK(queue.empty());
}

TEST_CASE("while no worker is there 1,024 connections are kept, 10 seconds each",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    CHECK(queue.wants(at(0)) == 1024);
    arrive(queue, 1, 1, at(0));
    arrive(queue, 2, 1024, at(5'000));
    CHECK(queue.wants(at(5'000)) == 0);
    CHECK(queue.next_due(at(5'000)) == at(10'000));
    CHECK(queue.abandoned(at(9'999)).empty());
    CHECK(queue.abandoned(at(10'000)) == numbers{1});
    CHECK(queue.wants(at(10'000)) == 1);
    CHECK(queue.next_due(at(10'000)) == at(15'000));
    CHECK(queue.abandoned(at(15'000)).size() == 1023);
    CHECK_FALSE(queue.next_due(at(15'000)));
}

TEST_CASE("the ten seconds begin when the last worker has left", "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0, {1, true});
    arrive(queue, 1, 2, at(0));
    CHECK(offers(queue, at(0)) == "1>1");
    CHECK(queue.abandoned(at(60'000)).empty());
    CHECK_FALSE(queue.next_due(at(60'000)));
    SECTION("by dying") {
        queue.left(1, at(60'000));
    }
    SECTION("by stopping to listen, long before it ends") {
        queue.leave(1, at(60'000));
        queue.left(1, at(69'000));
    }
    CHECK(queue.next_due(at(69'000)) == at(70'000));
    CHECK(queue.abandoned(at(69'999)).empty());
    CHECK(queue.abandoned(at(70'000)) == numbers{1, 2});
}

TEST_CASE("a worker that comes in time ends the waiting", "[05][connection_queue]") {
    connection_queue queue(round_robin());
    arrive(queue, 1, 20, at(0));
    queue.join(1, 0);
    CHECK(queue.wants(at(0)) == 0);  // more are queued than it may be offered
    CHECK(offers(queue, at(0)) == "1>1 2>1 3>1 4>1 5>1 6>1 7>1 8>1");
    CHECK(queue.abandoned(at(60'000)).empty());
    CHECK(queue.size() == 12);
}

TEST_CASE("a schedule that wants to wait makes everybody wait", "[05][connection_queue]") {
    std::optional<int> answer;
    connection_queue queue([&answer](auto, auto) { return answer; });
    queue.join(1, 0, {1, true});
    queue.join(2, 1);
    arrive(queue, 1, 2, at(0));
    CHECK(offers(queue, at(0)).empty());
    answer = 1;
    CHECK(offers(queue, at(0)) == "1>1");  // for 2 the one that is picked has no room
    CHECK(queue.accepted(1, 1));
    CHECK(offers(queue, at(0)) == "2>1");
}

TEST_CASE("a schedule that picks nobody's id or throws is told so, and nothing is lost",
          "[05][connection_queue]") {
    int answer = 7;
    connection_queue queue([&answer](auto, auto) -> std::optional<int> {
        if (answer == 0) throw std::runtime_error("pick");
        return answer;
    });
    queue.join(1, 0);
    arrive(queue, 1, 1, at(0));
    CHECK_THROWS_AS(queue.next(at(0)), std::out_of_range);
    answer = 0;
    CHECK_THROWS_AS(queue.next(at(0)), std::runtime_error);
    answer = 1;
    CHECK(offers(queue, at(0)) == "1>1");
}

TEST_CASE("a schedule is asked with the client's address, about those who are there",
          "[05][connection_queue]") {
    std::vector<int> seen;
    std::string address;
    connection_queue queue([&](std::span<const candidate> candidates, std::string_view client) {
        for (const candidate& each : candidates) seen.push_back(each.worker);
        address = client;
        return std::optional<int>();
    });
    queue.join(3, 0);
    queue.join(1, 1);
    queue.join(2, 2);
    arrive(queue, 1, 1, at(0));
    queue.leave(1, at(0));
    CHECK_FALSE(queue.next(at(0)));
    CHECK(seen == std::vector<int>{2, 3});
    CHECK(address == "10.0.0.1");
}
