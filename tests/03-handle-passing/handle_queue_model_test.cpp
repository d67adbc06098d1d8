// The queue against a simpler model of the same rules.
#include <random>

#include "tests/03-handle-passing/queueing.hpp"

using namespace child_process;
using namespace tests;

namespace {

// The same rules told another way: a history of what must have been written, worked out from the
// list of what was pushed and a list of the answers in order.
struct told_line {
    std::string text;
    bool with_handle;
    bool retried;
};

class model {
  public:
    void push(told_line line) { waiting_.push_back(std::move(line)); }

    std::string write() {
        if (again_) {
            again_ = false;
            return current_ + "*";
        }
        if (!current_.empty() || waiting_.empty()) return "-";
        const told_line line = waiting_.front();
        waiting_.erase(waiting_.begin());
        if (!line.with_handle) return line.text;
        current_ = line.text;
        tries_left_ = line.retried ? 3 : 0;
        return current_ + "*";
    }

    // Whether this answer settles a handle.
    bool answer(bool arrived) {
        if (current_.empty() || again_) return false;
        if (!arrived && tries_left_ > 0) {
            --tries_left_;
            again_ = true;
            return false;
        }
        current_.clear();
        return true;
    }

    [[nodiscard]] std::size_t left() const { return waiting_.size() + (current_.empty() ? 0 : 1); }

  private:
    std::vector<told_line> waiting_;
    std::string current_;
    int tries_left_ = 0;
    bool again_ = false;
};

}  // namespace

TEST_CASE("any order of messages and answers gives what a simple model gives",
          "[03][handle_queue]") {
    const handle server = server_handle();
    const handle connection = connection_handle();
    for (unsigned seed = 0; seed < 300; ++seed) {
        std::mt19937 random(seed);
        handle_queue queue;
        model expected;
        std::size_t handles = 0;
        std::size_t settled = 0;
        for (int step = 0; step < 200; ++step) {
            const std::string text = "m" + std::to_string(step);
            switch (random() % 6) {
                case 0:
                    queue.push(text);
                    expected.push({text, false, false});
                    break;
                case 1:
                    queue.push(text, server.duplicate());
                    expected.push({text, true, false});
                    ++handles;
                    break;
                case 2:
                    queue.push(text, connection.duplicate());
                    expected.push({text, true, true});
                    ++handles;
                    break;
                case 3: {
                    const bool arrived = random() % 2 == 0;
                    const bool settles = queue.answered(arrived).has_value();
                    settled += settles ? 1 : 0;
                    REQUIRE(settles == expected.answer(arrived));
                    break;
                }
                default:
                    REQUIRE(written(queue) == expected.write());
            }
            REQUIRE(queue.empty() == (expected.left() == 0));
        }
        REQUIRE(queue.abandon().size() == handles - settled);
    }
}
