// What a worker still counts for between its leave and its end: no credit, no blame, no new
// patience.
#include "exercises/05/checks/observed.hpp"

using namespace kit_05;

TEST_CASE("05: a worker that leaves counts for no credit", "[kit]") {
    connection_queue queue(lowest_with_room);
    queue.join(1, 0, {8, true});
    queue.join(2, 1, {3, true});
    arrive(queue, 1, 2);
    expect("workers 1 and 2 with credits of 8 and 3", offered(queue), "1>1 2>1");
    queue.leave(1, moment(0));
    expect(
        "worker 1 leaves and owes answers for 1 and 2; connections that are wanted for worker 2, "
        "which may have 3",
        std::to_string(queue.wants(moment(0))), "3");
    queue.left(2, moment(0));
    expect("worker 2 has ended, and nobody takes connections; wanted until the queue is full",
           std::to_string(queue.wants(moment(0))), "1024");
}

TEST_CASE("05: the end of a worker that had left begins no new patience", "[kit]") {
    connection_queue queue(lowest_with_room);
    queue.join(1, 0, {1, true});
    arrive(queue, 1, 2);
    expect("a worker with a credit of 1", offered(queue), "1>1");
    queue.leave(1, moment(2000));
    const std::string before = when(queue.next_due(moment(2000)));
    queue.leave(1, moment(4000));
    queue.left(1, moment(9000));
    expect(
        "worker 1, the only one, left at 2000 ms: connection 2 is given up at " + before +
            "; it left again at 4000 ms and ended at 9000 ms: connections 1 and 2 are given up at",
        when(queue.next_due(moment(9000))), before);
}

TEST_CASE("05: who does not listen is to blame, unless it is leaving", "[kit]") {
    connection_queue queue(lowest_with_room);
    for (const int worker : {1, 2, 3, 4}) queue.join(worker, worker);
    arrive(queue, 1, 1);
    for (const int worker : {1, 2, 3}) {
        const std::string name = std::to_string(worker);
        expect("refused as not_listening by " + std::to_string(worker - 1) + " workers",
               offered(queue), "1>" + name);
        expect_known("worker " + name + " refuses connection 1",
                     queue.refused(worker, 1, refusal::not_listening, moment(0)));
    }
    expect("refused as not_listening by three workers, none of which is leaving; given up",
           listed(queue.abandoned(moment(0))), "1");

    connection_queue leaving(lowest_with_room);
    arrive(leaving, 1, 1);
    for (const int worker : {1, 2, 3, 4}) {
        const std::string name = std::to_string(worker);
        leaving.join(worker, 0);
        expect("worker " + name + " comes", offered(leaving), "1>" + name);
        leaving.leave(worker, moment(0));
        expect_known("worker " + name + " refuses connection 1",
                     leaving.refused(worker, 1, refusal::not_listening, moment(0)));
        expect("refused as not_listening by " + name + " workers that were leaving; given up",
               listed(leaving.abandoned(moment(0))), "none");
    }
}
