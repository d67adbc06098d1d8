// How many connections are taken, and who is left alone for how long.
#include "exercises/05/checks/observed.hpp"

using namespace kit_05;

namespace {

constexpr int too_long = 5000;  // ms

/// When the queue offers something, looking at every millisecond from `ms` on; -1: never.
int next_offer(connection_queue& queue, int ms) {
    for (int now = ms; now < ms + too_long; ++now) {
        if (queue.next(moment(now))) return now;
    }
    return -1;
}

std::string wanted(const connection_queue& queue) {
    return std::to_string(queue.wants(moment(0)));
}

}  // namespace

TEST_CASE("05: no more is accepted than there is credit for", "[kit]") {
    connection_queue queue(lowest_with_room);
    queue.join(1, 0, {3, true});
    expect("a worker with a credit of 3", wanted(queue), "3");
    arrive(queue, 1, 2);
    expect("two connections wait for it", wanted(queue), "1");
    expect("they are offered to it", offered(queue), "1>1 2>1");
    expect("it owes two answers", wanted(queue), "1");
    arrive(queue, 3, 5);
    expect("three more wait, and there is credit for one", wanted(queue), "0");
    expect("which of them are offered", offered(queue), "3>1");
    expect_known("worker 1 accepts connection 2", queue.accepted(1, 2));
    expect("it answered for one, two still wait", wanted(queue), "0");

    connection_queue less(lowest_with_room);
    less.join(1, 0, {3, true});
    arrive(less, 1, 3);
    expect("three are offered to a worker with a credit of 3", offered(less), "1>1 2>1 3>1");
    less.join(1, 0, {1, true});
    expect("it owes three answers and joins again with a credit of 1", wanted(less), "0");
}

TEST_CASE("05: a worker that refused gets nothing until it says that it has room", "[kit]") {
    connection_queue queue(lowest_with_room);
    queue.join(1, 0);
    arrive(queue, 1, 1);
    for (int round = 0; round < 5; ++round) {
        const int hour = round * 3'600'000;
        const std::string number = "refusal number " + std::to_string(round + 1);
        expect(number + " is to come: worker 1 has room", offered(queue, hour), "1>1");
        expect_known(number, queue.refused(1, 1, refusal::full, moment(hour)));
        expect(number + ": it is full", offered(queue, hour), "nothing");
        expect(number + ", an hour ago: it is still full", offered(queue, hour + 3'600'000),
               "nothing");
        expect(number + " was not the connection's fault: given up",
               listed(queue.abandoned(moment(hour))), "none");
        queue.has_room(1);
    }
    queue.join(2, 1);
    expect("worker 1 has room again", offered(queue), "1>1");
    expect_known("worker 1 refuses connection 1", queue.refused(1, 1, refusal::full, moment(0)));
    expect("it refused, and worker 2 has room", offered(queue), "1>2");
}

TEST_CASE("05: a connection that could not be handed over goes to another worker", "[kit]") {
    connection_queue queue(lowest_with_room);
    queue.join(1, 0);
    queue.join(2, 1, {1, true});
    arrive(queue, 1, 1);
    expect("workers 1 and 2", offered(queue), "1>1");
    expect_known("worker 1 could not be sent connection 1",
                 queue.refused(1, 1, refusal::not_sent, moment(0)));
    expect("it did not get into the socket of worker 1", offered(queue), "1>2");
    expect_known("worker 2 could not be sent connection 1",
                 queue.refused(2, 1, refusal::not_sent, moment(0)));
    expect("nor into that of worker 2; what is offered at once", offered(queue), "nothing");
    expect("when to look again", when(queue.next_due(moment(0))), "100 ms");
    expect("what is offered after 100 ms", offered(queue, 100), "1>1");
}

TEST_CASE("05: pauses double up to a second, and are short again after a success", "[kit]") {
    connection_queue queue(lowest_with_room);
    queue.join(1, 0, {4, false});
    arrive(queue, 1, 4);
    expect("a worker that cannot say when it has room", offered(queue), "1>1 2>1 3>1 4>1");
    int now = 0;
    int number = 0;
    for (const int pause : {100, 200, 400, 800, 1000, 1000}) {
        for (const int one : {1, 2, 3, 4}) {
            const auto connection = static_cast<std::uint64_t>(one);
            expect_known("worker 1 refuses connection " + std::to_string(one),
                         queue.refused(1, connection, refusal::full, moment(now)));
        }
        const int then = next_offer(queue, now);
        expect("it refused four at once, for the " + std::to_string(++number) +
                   ". time; milliseconds until the next offer",
               std::to_string(then - now), std::to_string(pause));
        if (then != now + pause) return;
        now = then;
        expect("and the others with it", offered(queue, now), "2>1 3>1 4>1");
    }
    expect_known("worker 1 accepts connection 1", queue.accepted(1, 1));
    expect_known("worker 1 refuses connection 2", queue.refused(1, 2, refusal::full, moment(now)));
    expect("it accepted one, and refused the next; milliseconds until the next offer",
           std::to_string(next_offer(queue, now) - now), "100");
}

TEST_CASE("05: waiting counts from the moment when the last worker left", "[kit]") {
    connection_queue none(lowest_with_room);
    expect("no worker has come yet", std::to_string(none.wants(moment(0))), "1024");
    arrive(none, 1, 1);
    arrive(none, 2, 2, 5000);
    expect("connections 1 and 2 came at 0 and 5000 ms; when one is given up",
           when(none.next_due(moment(5000))), "10000 ms");
    expect("given up at 9999 ms", listed(none.abandoned(moment(9999))), "none");
    expect("given up at 10000 ms", listed(none.abandoned(moment(10'000))), "1");
    none.join(1, 0, {0, true});
    expect("a worker came; given up an hour later", listed(none.abandoned(moment(3'600'000))),
           "none");

    connection_queue queue(lowest_with_room);
    queue.join(1, 0, {1, true});
    arrive(queue, 1, 2);
    expect("a worker with a credit of 1", offered(queue), "1>1");
    queue.leave(1, moment(60'000));
    expect("it takes no more from 60000 ms on; when connection 2 is given up",
           when(queue.next_due(moment(60'000))), "70000 ms");
    expect("given up at 69999 ms", listed(queue.abandoned(moment(69'999))), "none");
    expect("given up at 70000 ms", listed(queue.abandoned(moment(70'000))), "2");
}
