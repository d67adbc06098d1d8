// The queue against a simpler model of the same rules: where each connection is, in a map.
#include <map>
#include <random>
#include <set>

#include "tests/05-round-robin/queueing.hpp"

using namespace cluster;
using namespace tests;

namespace {

// Where a connection is: in the queue, offered to a worker, or gone.
constexpr int queued = 0;
constexpr int gone = -1;

struct known_worker {
    worker_terms terms;
    std::set<std::uint64_t> offered;
    bool leaving = false;
    bool full = false;
    steady_time paused_until{};
    int pause = 100;
};

class history {
  public:
    explicit history(unsigned seed) : random_(seed), now_(at(0)) {
        limits_.length = 20;
        queue_ = connection_queue(round_robin(), limits_);
    }

    void step() {
        now_ += milliseconds(random_() % 120);
        switch (random_() % 10) {
            case 0:
                return join();
            case 1:
                return depart();
            case 2:
            case 3:
                return accept();
            case 4:
            case 5:
                return offer();
            case 6:
                return refuse();
            case 7:
                return report_room();
            case 8:
                return give_up();
            default:
                if (random_() % 3 == 0) now_ += seconds(4);
                return answer_one(true);
        }
    }

    void check() {
        std::size_t waiting = 0;
        for (const auto& [connection, place] : places_) waiting += place == queued ? 1 : 0;
        REQUIRE(queue_.size() == waiting);
        REQUIRE(queue_.wants(now_) == wanted());
        bool offered = false;
        for (const auto& [id, worker] : workers_) {
            REQUIRE(worker.offered.size() <= static_cast<std::size_t>(worker.terms.credit));
            offered = offered || !worker.offered.empty();
        }
        REQUIRE(queue_.empty() == (waiting == 0 && !offered));
    }

    // In the end a fresh worker takes all that is left.
    void finish() {
        queue_.stop();
        while (!workers_.empty()) depart_from(workers_.begin()->first, true);
        join();
        while (queue_.size() > 0) {
            offer();
            while (answer_one(true), !workers_.begin()->second.offered.empty()) continue;
            give_up();
        }
        for (const auto& [connection, place] : places_) REQUIRE(place == gone);
        REQUIRE(queue_.empty());
    }

  private:
    void join() {
        if (workers_.size() >= 5) return;
        const worker_terms terms = random_() % 3 == 0 ? node_terms : worker_terms{3, true};
        queue_.join(++last_worker_, 0, terms);
        workers_[last_worker_].terms = terms;
    }

    void depart() {
        if (!workers_.empty()) depart_from(some_worker(), random_() % 2 == 0);
    }

    void depart_from(int id, bool for_good) {
        known_worker& worker = workers_[id];
        const bool was_last = !worker.leaving && active() == 1;
        if (was_last) alone_since_ = now_;
        worker.leaving = true;
        if (!for_good) return queue_.leave(id, now_);
        queue_.left(id, now_);
        for (const auto connection : worker.offered) come_back(connection, true);
        workers_.erase(id);
    }

    void accept() {
        for (std::size_t n = queue_.wants(now_); n > 0 && random_() % 4 != 0; --n) {
            places_[++last_connection_] = queued;
            arrived_[last_connection_] = now_;
            queue_.arrived(last_connection_, "", now_);
        }
    }

    void offer() {
        while (const auto offered = queue_.next(now_)) {
            for (const auto& [connection, place] : places_) {
                if (place == queued) REQUIRE(connection >= offered->connection);  // the oldest
            }
            REQUIRE(places_.at(offered->connection) == queued);
            known_worker& worker = workers_.at(offered->worker);
            REQUIRE(free_credit(worker) > 0);
            places_[offered->connection] = offered->worker;
            worker.offered.insert(offered->connection);
        }
        bool room = false;
        for (const auto& [id, worker] : workers_) room = room || free_credit(worker) > 0;
        REQUIRE((queue_.size() == 0 || !room));
    }

    void refuse() { answer_one(false); }

    void answer_one(bool accepted) {
        if (workers_.empty()) return;
        const int id = some_worker();
        known_worker& worker = workers_[id];
        if (worker.offered.empty()) return;
        const std::uint64_t connection = *worker.offered.begin();
        worker.offered.erase(connection);
        if (accepted) {
            REQUIRE(queue_.accepted(id, connection));
            places_[connection] = gone;
            worker.pause = 100;
            return;
        }
        const refusal why = refusal(random_() % 3);
        REQUIRE(queue_.refused(id, connection, why, now_));
        if (why != refusal::not_sent && worker.terms.reports_room) {
            worker.full = true;
        } else if (now_ >= worker.paused_until) {
            worker.paused_until = now_ + milliseconds(worker.pause);
            worker.pause = std::min(2 * worker.pause, 1000);
        }
        come_back(connection, why == refusal::not_listening && !worker.leaving);
    }

    void report_room() {
        if (workers_.empty()) return;
        const int id = some_worker();
        queue_.has_room(id);
        workers_[id].full = false;
    }

    void come_back(std::uint64_t connection, bool failed) {
        places_[connection] = queued;
        if (failed && ++failures_[connection] == limits_.most_offers) doomed_.insert(connection);
        if (doomed_.count(connection) > 0) places_[connection] = gone;
    }

    void give_up() {
        std::set<std::uint64_t> expected = std::exchange(doomed_, {});
        for (auto& [connection, place] : places_) {
            const auto since = std::max(arrived_[connection], alone_since_);
            if (place != queued || active() > 0 || since + limits_.patience > now_) continue;
            expected.insert(connection);
            place = gone;
        }
        const auto abandoned = queue_.abandoned(now_);
        REQUIRE(abandoned.size() == expected.size());
        REQUIRE(std::set<std::uint64_t>(abandoned.begin(), abandoned.end()) == expected);
        const auto due = queue_.next_due(now_);
        if (due) REQUIRE(*due > now_);
    }

    int some_worker() {
        auto found = workers_.begin();
        std::advance(found, random_() % workers_.size());
        return found->first;
    }

    int active() const {
        int result = 0;
        for (const auto& [id, worker] : workers_) result += worker.leaving ? 0 : 1;
        return result;
    }

    std::size_t free_credit(const known_worker& worker) const {
        if (worker.leaving || worker.full || now_ < worker.paused_until) return 0;
        return static_cast<std::size_t>(worker.terms.credit) - worker.offered.size();
    }

    std::size_t wanted() const {
        std::size_t bound = active() == 0 ? limits_.length : 0;
        for (const auto& [id, worker] : workers_) bound += free_credit(worker);
        return bound > queue_.size() ? bound - queue_.size() : 0;
    }

    std::mt19937 random_;
    steady_time now_;
    queue_limits limits_;
    connection_queue queue_{round_robin()};
    std::map<int, known_worker> workers_;
    std::map<std::uint64_t, int> places_;
    std::map<std::uint64_t, steady_time> arrived_;
    std::map<std::uint64_t, int> failures_;
    std::set<std::uint64_t> doomed_;
    steady_time alone_since_{};
    int last_worker_ = 0;
    std::uint64_t last_connection_ = 0;
};

}  // namespace

TEST_CASE("whatever happens, no connection is lost, held twice or out of order",
          "[05][connection_queue]") {
    for (unsigned seed = 0; seed < 2000; ++seed) {
        history played(seed);
        for (int step = 0; step < 100; ++step) {
            played.step();
            played.check();
        }
        played.finish();
    }
}
