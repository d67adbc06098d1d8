// When the primary has nothing to do: it is woken for nothing, and takes nothing more after stop().
#include "exercises/05/checks/observed.hpp"

using namespace kit_05;

TEST_CASE("05: the primary is woken only for what is to come", "[kit]") {
    connection_queue busy(lowest_with_room);
    busy.join(1, 0, {1, true});
    arrive(busy, 1, 2);
    expect("a worker with a credit of 1", offered(busy), "1>1");
    expect("worker 1 owes an answer, connection 2 waits for it; when something changes by itself",
           when(busy.next_due(moment(0))), "never");

    connection_queue paused(lowest_with_room);
    paused.join(1, 0, {3, true});
    arrive(paused, 1, 3);
    expect("worker 1 may have three", offered(paused), "1>1 2>1 3>1");
    expect_known("it could not be sent connection 3",
                 paused.refused(1, 3, refusal::not_sent, moment(0)));
    expect("worker 1 has a pause; when something changes by itself, asked at 99 ms",
           when(paused.next_due(moment(99))), "100 ms");
    expect("the same, asked when the pause is over, at 100 ms", when(paused.next_due(moment(100))),
           "never");
    paused.join(2, 1, {0, true});
    paused.leave(1, moment(50));
    expect(
        "worker 1 left at 50 ms, in its pause, and gets nothing more; when something changes by "
        "itself",
        when(paused.next_due(moment(50))), "never");
}

TEST_CASE("05: a queue that was stopped wants nothing more, and gives away what it has", "[kit]") {
    connection_queue queue(lowest_with_room);
    queue.join(1, 0);
    arrive(queue, 1, 2);
    queue.stop();
    expect("stop() was called, worker 1 has a credit of 8; connections that are wanted",
           std::to_string(queue.wants(moment(0))), "0");
    expect("two were there already", offered(queue), "1>1 2>1");
    queue.left(1, moment(0));
    expect("the worker died, and the queue has room for many; connections that are wanted",
           std::to_string(queue.wants(moment(0))), "0");
    queue.join(2, 0);
    expect("another one came for the two that it had not answered", offered(queue), "1>2 2>2");
}
