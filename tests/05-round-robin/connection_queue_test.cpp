#include "tests/05-round-robin/queueing.hpp"

using namespace cluster;
using namespace tests;

TEST_CASE("connections are offered in order of arrival, by the schedule",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0);
    queue.join(2, 1);
    arrive(queue, 1, 5, at(0));
    CHECK(queue.size() == 5);
    CHECK(offers(queue, at(0)) == "1>1 2>2 3>1 4>2 5>1");
    CHECK(queue.size() == 0);
    CHECK_FALSE(queue.empty());
}

TEST_CASE("a worker gets no more than its credit until it answers", "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0, {2, true});
    queue.join(2, 1, node_terms);
    arrive(queue, 1, 5, at(0));
    CHECK(offers(queue, at(0)) == "1>1 2>2 3>1");
    CHECK(queue.accepted(1, 3));
    CHECK(offers(queue, at(0)) == "4>1");
    CHECK(queue.accepted(2, 2));
    CHECK(offers(queue, at(0)) == "5>2");
}

TEST_CASE("as many connections are wanted as there is credit beyond what is queued",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0);
    CHECK(queue.wants(at(0)) == 8);
    queue.join(2, 1, node_terms);
    CHECK(queue.wants(at(0)) == 9);
    arrive(queue, 1, 3, at(0));
    CHECK(queue.wants(at(0)) == 6);
    CHECK(offers(queue, at(0)) == "1>1 2>2 3>1");
    CHECK(queue.wants(at(0)) == 6);
    CHECK(queue.accepted(2, 2));
    CHECK(queue.wants(at(0)) == 7);
}

TEST_CASE("nothing is wanted while every worker is full or has no credit",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0, {1, true});
    queue.join(2, 1, {1, true});
    arrive(queue, 1, 2, at(0));
    CHECK(offers(queue, at(0)) == "1>1 2>2");
    CHECK(queue.wants(at(0)) == 0);
    CHECK(queue.refused(1, 1, refusal::full, at(0)));
    CHECK(queue.wants(at(0)) == 0);
    CHECK(queue.accepted(2, 2));
    CHECK(offers(queue, at(0)) == "1>2");
    CHECK(queue.accepted(2, 1));
    CHECK(queue.wants(at(0)) == 1);
}

TEST_CASE("a worker that refuses gets nothing until it reports room", "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0);
    queue.join(2, 1);
    arrive(queue, 1, 2, at(0));
    CHECK(offers(queue, at(0)) == "1>1 2>2");
    CHECK(queue.refused(1, 1, refusal::full, at(0)));
    CHECK(offers(queue, at(0)) == "1>2");
    arrive(queue, 3, 4, at(1'000'000));
    CHECK(offers(queue, at(1'000'000)) == "3>2 4>2");
    queue.has_room(1);
    arrive(queue, 5, 6, at(1'000'000));
    CHECK(offers(queue, at(1'000'000)) == "5>1 6>2");
}

TEST_CASE("when all are full connections wait, however long, and none is given up",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0);
    arrive(queue, 1, 1, at(0));
    for (int n = 0; n < 100; ++n) {
        const steady_time now = at(n * 60'000);
        CHECK(offers(queue, now) == "1>1");
        CHECK(queue.refused(1, 1, refusal::full, now));
        CHECK(offers(queue, now).empty());
        CHECK(queue.abandoned(now).empty());
        CHECK_FALSE(queue.next_due(now));
        queue.has_room(1);
    }
    CHECK(queue.size() == 1);
}

TEST_CASE("a worker that cannot report room is left alone 100 ms, then twice as long, up to 1 s",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0, node_terms);
    arrive(queue, 1, 1, at(0));
    int now = 0;
    for (const int pause : {100, 200, 400, 800, 1000, 1000}) {
        CHECK(offers(queue, at(now)) == "1>1");
        CHECK(queue.refused(1, 1, refusal::full, at(now)));
        CHECK(queue.next_due(at(now)) == at(now + pause));
        CHECK(queue.wants(at(now + pause - 1)) == 0);
        CHECK(offers(queue, at(now + pause - 1)).empty());
        now += pause;
        CHECK_FALSE(queue.next_due(at(now)));
    }
    CHECK(offers(queue, at(now)) == "1>1");
    CHECK(queue.accepted(1, 1));
    arrive(queue, 2, 2, at(now));
    CHECK(offers(queue, at(now)) == "2>1");
    CHECK(queue.refused(1, 2, refusal::full, at(now)));
    CHECK(queue.next_due(at(now)) == at(now + 100));
}

TEST_CASE("a connection that did not get into the socket is offered elsewhere, and later here",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0);
    arrive(queue, 1, 2, at(0));
    CHECK(offers(queue, at(0)) == "1>1 2>1");
    CHECK(queue.refused(1, 1, refusal::not_sent, at(0)));
    CHECK(queue.refused(1, 2, refusal::not_sent, at(0)));
    CHECK(offers(queue, at(0)).empty());
    CHECK(queue.next_due(at(0)) == at(100));
    CHECK(offers(queue, at(100)) == "1>1 2>1");
}

TEST_CASE("an answer for what was not offered changes nothing", "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0);
    queue.join(2, 1);
    arrive(queue, 1, 1, at(0));
    CHECK_FALSE(queue.accepted(1, 1));
    CHECK(offers(queue, at(0)) == "1>1");
    CHECK_FALSE(queue.accepted(2, 1));
    CHECK_FALSE(queue.accepted(3, 1));
    CHECK_FALSE(queue.refused(2, 1, refusal::full, at(0)));
    CHECK_FALSE(queue.refused(3, 1, refusal::full, at(0)));
    CHECK(queue.accepted(1, 1));
    CHECK_FALSE(queue.accepted(1, 1));
    CHECK_FALSE(queue.refused(1, 1, refusal::full, at(0)));
    CHECK(queue.empty());
    CHECK(queue.wants(at(0)) == 16);
}

TEST_CASE("the schedule sees what each worker holds and has been offered",
          "[05][connection_queue]") {
    connection_queue queue(least_connections());
    queue.join(1, 0);
    queue.join(2, 1);
    queue.holds(1, 3);
    queue.holds(2, 1);
    arrive(queue, 1, 5, at(0));
    CHECK(offers(queue, at(0)) == "1>2 2>2 3>1 4>2 5>1");
    CHECK(queue.accepted(1, 3));
    CHECK(queue.accepted(1, 5));
    queue.holds(1, 0);
    arrive(queue, 6, 6, at(0));
    CHECK(offers(queue, at(0)) == "6>1");
}

TEST_CASE("a stopped queue wants nothing and still gives away what it has",
          "[05][connection_queue]") {
    connection_queue queue(round_robin());
    queue.join(1, 0, {1, true});
    arrive(queue, 1, 2, at(0));
    queue.stop();
    CHECK(queue.wants(at(0)) == 0);
    CHECK(offers(queue, at(0)) == "1>1");
    CHECK(queue.accepted(1, 1));
    CHECK(queue.wants(at(0)) == 0);
    CHECK(offers(queue, at(0)) == "2>1");
    CHECK(queue.accepted(1, 2));
    CHECK(queue.empty());
}
