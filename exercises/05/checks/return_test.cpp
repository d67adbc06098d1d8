// What becomes of connections that come back: nobody is lost, overtaken or offered for ever.
#include <stdexcept>

#include "exercises/05/checks/observed.hpp"

using namespace kit_05;

TEST_CASE("05: what a dead worker had not answered is offered again", "[kit]") {
    connection_queue queue(lowest_with_room);
    queue.join(1, 0);
    arrive(queue, 1, 2);
    expect("worker 1 is there, connections 1 and 2 arrive", offered(queue), "1>1 2>1");
    expect_known("worker 1 accepts connection 2", queue.accepted(1, 2));
    queue.left(1, moment(0));
    expect("worker 1 accepted connection 2 and died; connections that wait",
           std::to_string(queue.size()), "1");
    queue.join(2, 0);
    expect("worker 2 takes the place of the dead one", offered(queue), "1>2");
    queue.left(1, moment(0));
    expect("it is said once more that worker 1 is gone; connections that wait",
           std::to_string(queue.size()), "0");
    expect_known("worker 2 accepts connection 1", queue.accepted(2, 1));
    queue.left(2, moment(0));
    expect("worker 2 has answered for all and died; connections that wait",
           std::to_string(queue.size()), "0");
}

TEST_CASE("05: connections that come back are ahead of all that came later", "[kit]") {
    connection_queue queue(lowest_with_room);
    queue.join(1, 0, {3, true});
    arrive(queue, 1, 5);
    expect("worker 1 may have three of connections 1 to 5", offered(queue), "1>1 2>1 3>1");
    queue.left(1, moment(0));
    queue.join(2, 0);
    expect("worker 1 died, worker 2 came", offered(queue), "1>2 2>2 3>2 4>2 5>2");

    std::vector<int> turns{1, 2, 1, 2};
    connection_queue two([&turns](auto, auto) -> std::optional<int> {
        if (turns.empty()) return 3;
        const int next = turns.front();
        turns.erase(turns.begin());
        return next;
    });
    for (const int worker : {1, 2}) two.join(worker, worker);
    arrive(two, 1, 4);
    expect("two workers, connections 1 to 4", offered(two), "1>1 2>2 3>1 4>2");
    two.left(1, moment(0));
    two.left(2, moment(0));
    two.join(3, 0);
    expect("worker 1 died, then worker 2; worker 3 came", offered(two), "1>3 2>3 3>3 4>3");
}

TEST_CASE("05: a connection that was in vain offered to three is given up", "[kit]") {
    connection_queue queue(lowest_with_room);
    arrive(queue, 1, 1);
    for (const int worker : {1, 2, 3}) {
        queue.join(worker, 0);
        expect(std::to_string(worker - 1) + " workers died with connection 1, the next one came",
               offered(queue), "1>" + std::to_string(worker));
        expect("given up before worker " + std::to_string(worker) + " died",
               listed(queue.abandoned(moment(0))), "none");
        queue.left(worker, moment(0));
    }
    queue.join(4, 0);
    expect("three workers died with connection 1, worker 4 came", offered(queue), "nothing");
    expect("given up then", listed(queue.abandoned(moment(0))), "1");
    expect("given up when asked once more", listed(queue.abandoned(moment(0))), "none");
}

TEST_CASE("05: a worker that leaves gets nothing more, and its answers count", "[kit]") {
    connection_queue queue(lowest_with_room);
    queue.join(1, 0);
    queue.join(2, 1);
    arrive(queue, 1, 3);
    expect("workers 1 and 2, connections 1 to 3", offered(queue), "1>1 2>1 3>1");
    queue.leave(1, moment(0));
    expect("worker 1 leaves and owes answers for 1 to 3; connections that wait",
           std::to_string(queue.size()), "0");
    arrive(queue, 4, 4);
    expect("connection 4 arrives", offered(queue), "4>2");
    expect("worker 1 says that it accepted 1: known as its own",
           queue.accepted(1, 1) ? "yes" : "no", "yes");
    expect("it says so again", queue.accepted(1, 1) ? "yes" : "no", "no");
    expect("it says so of 4, which is worker 2's", queue.accepted(1, 4) ? "yes" : "no", "no");
    expect("worker 1 refuses 2",
           queue.refused(1, 2, refusal::not_listening, moment(0)) ? offered(queue) : "unknown",
           "2>2");
    queue.left(1, moment(0));
    expect("worker 1 ended, and owed an answer for 3 alone", offered(queue), "3>2");
}

TEST_CASE("05: a schedule that fails loses no connection", "[kit]") {
    std::optional<int> pick;  // nothing: it throws
    connection_queue queue([&pick](auto, auto) {
        if (!pick) throw std::runtime_error("undecided");
        return pick;
    });
    const auto asked = [&queue]() -> std::string {
        try {
            return queue.next(moment(0)) ? "an offer" : "nothing";
        } catch (const std::out_of_range&) {
            return "std::out_of_range";
        } catch (const std::exception& error) {
            return error.what();
        }
    };
    queue.join(1, 0);
    arrive(queue, 1, 2);
    expect("connections 1 and 2 wait, and the schedule throws \"undecided\"", asked(), "undecided");
    pick = 7;
    expect("it picks worker 7, and there is only worker 1", asked(), "std::out_of_range");
    expect("connections that wait after that", std::to_string(queue.size()), "2");
    pick = 1;
    expect("it picks worker 1", offered(queue), "1>1 2>1");
}
