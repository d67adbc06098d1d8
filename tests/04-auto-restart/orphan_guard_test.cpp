// A primary dies, and its workers with it. The end of a worker is seen by the end of the pipe that
// it writes to: it is nobody's child any more.
#include "04-auto-restart/orphan_guard.hpp"

#include <cstdlib>
#include <stdexcept>

#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/helpers.hpp"

using namespace child_process;
using cluster::orphan_guard;

namespace {

using words = std::vector<std::string>;

// A primary with a worker, both on the same pipes.
class family {
  public:
    family(const asio::any_io_executor& executor, const words& options, const words& worker)
        : primary_(spawn(executor, tests::program("guarded_primary"), joined(options, worker))) {}

    // Reads on until both have said `word`, and what stands behind it up to the end of the line.
    asio::awaitable<std::string> hear(std::string word) {
        for (;;) {
            const auto found = said_.find(word);
            const auto end = said_.find('\n', found);
            if (found != std::string::npos && end != std::string::npos) {
                const auto from = found + word.size();
                std::string rest = said_.substr(from, end - from);
                said_.erase(0, end + 1);
                co_return rest;
            }
            auto chunk = co_await primary_.out().read();
            if (!chunk) co_return "nothing: it ended";
            said_ += *chunk;
        }
    }

    // Kills the primary, and waits until it has gone.
    asio::awaitable<void> kill_primary() {
        primary_.kill(SIGKILL);
        co_await primary_.wait();
    }

    // What is said until the last process has gone.
    asio::awaitable<std::string> hear_to_the_end() {
        co_return said_ + co_await tests::read_all(primary_.out());
    }

    // What the worker answers.
    asio::awaitable<std::string> ask() {
        co_await primary_.in().write("?\n");
        co_return co_await hear("");
    }

    child& primary() { return primary_; }

  private:
    static words joined(words first, const words& second) {
        first.insert(first.end(), second.begin(), second.end());
        return first;
    }

    child primary_;
    std::string said_;
};

words worker(const std::string& how, const std::string& limit) {
    return {tests::program("guarded_worker"), how, limit};
}

// Kills the primary once it, or its worker, has said `sign`; what is said from then on until the
// worker has gone.
std::string said_after_death(const words& options, const words& worker, const std::string& sign) {
    std::string said;
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family both(executor, options, worker);
        co_await both.hear(sign);
        co_await both.kill_primary();
        said = co_await both.hear_to_the_end();
    });
    return said;
}

// A worker that is started by us but told of a primary that has died already.
exit_status started_too_late(const std::string& how, std::string& said) {
    exit_status result = exit_status::exited(0);
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child dead = spawn(executor, "true");
        co_await dead.wait();
        spawn_options options;
        options.env = current_environment();
        (*options.env)[orphan_guard::variable] = std::to_string(dead.pid());
        const words arguments{how, "1"};
        child late = spawn(executor, tests::program("guarded_worker"), arguments, options);
        said = co_await tests::read_all(late.out());
        result = co_await late.wait();
    });
    return result;
}

}  // namespace

TEST_CASE("an idle worker learns of its primary's death in its event loop", "[04][orphan_guard]") {
    CHECK(said_after_death({}, worker("--idle", "1000"), "ready") == "orphaned\n");
}

TEST_CASE("a worker that was not told its primary watches its parent", "[04][orphan_guard]") {
    CHECK(said_after_death({"--untold"}, worker("--idle", "1000"), "ready") == "orphaned\n");
}

TEST_CASE("a worker in an endless loop ends when its primary was killed", "[04][orphan_guard]") {
    CHECK(said_after_death({}, worker("--loop", "1"), "ready").empty());
}

TEST_CASE("a worker in an endless loop ends though it had blocked or ignored the signals for it",
          "[04][orphan_guard]") {
    CHECK(said_after_death({}, worker("--deaf-loop", "1"), "ready").empty());
}

TEST_CASE("a worker asks for the signal itself if its primary did not", "[04][orphan_guard]") {
    CHECK(said_after_death({"--unfollowed"}, worker("--loop", "1"), "ready").empty());
}

TEST_CASE("a stopped worker is woken by its primary's death", "[04][orphan_guard]") {
    CHECK(said_after_death({"--stopped"}, worker("--stop", "1000"), "stopped") == "orphaned\n");
}

TEST_CASE("a worker stopped in an endless loop ends when its primary was killed",
          "[04][orphan_guard]") {
    CHECK(said_after_death({"--stopped"}, worker("--stop-and-loop", "1"), "stopped").empty());
}

TEST_CASE("a worker can ask to be killed with its primary", "[04][orphan_guard]") {
    CHECK(said_after_death({}, worker("--kill", "1000"), "ready").empty());
}

TEST_CASE("a worker whose primary had died before it could look is an orphan at once",
          "[04][orphan_guard]") {
    std::string said;
    SECTION("and learns it in its event loop") {
        CHECK(started_too_late("--idle", said) == exit_status::exited(0));
        CHECK(said.find("orphaned") != std::string::npos);
    }
    SECTION("and ends in an endless loop") {
        CHECK(started_too_late("--loop", said).signal() == SIGALRM);
    }
    SECTION("and is killed if it asked for that") {
        CHECK(started_too_late("--kill", said).signal() == SIGKILL);
        CHECK(said.empty());
    }
}

TEST_CASE("SIGCONT from elsewhere harms no worker whose primary lives", "[04][orphan_guard]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family both(executor, {}, worker("--alarm", "1000"));
        const std::string pid = co_await both.hear("ready ");
        for (int n = 0; n < 10; ++n) {
            // The signal is there before the question is.
            CHECK(::kill(std::stoi(pid), SIGCONT) == 0);
            const std::string seconds = co_await both.ask();
            CHECK(seconds == "0");
        }
        both.primary().in().end();
        const exit_status status = co_await both.primary().wait();
        CHECK(status.success());
    });
}

TEST_CASE("the alarm is set by the primary's death, and only once", "[04][orphan_guard]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family both(executor, {}, worker("--alarm", "1000"));
        const std::string pid = co_await both.hear("ready ");
        co_await both.kill_primary();
        const std::string first = co_await both.ask();
        CHECK(std::stoi(first) > 900);
        CHECK(::kill(std::stoi(pid), SIGCONT) == 0);
        const std::string second = co_await both.ask();
        CHECK(second == "0");
        both.primary().in().end();
        co_await both.hear_to_the_end();
    });
}

TEST_CASE("a program that knows nothing of the signal does not notice it", "[04][orphan_guard]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        family both(executor, {}, {"cat"});
        const std::string before = co_await both.ask();
        CHECK(before == "?");
        co_await both.kill_primary();
        const std::string after = co_await both.ask();
        CHECK(after == "?");
        both.primary().in().end();
        co_await both.hear_to_the_end();
    });
}

TEST_CASE("a primary that is no pid is refused before anything is changed", "[04][orphan_guard]") {
    asio::io_context io(1);
    for (const std::string text : {"", "0", "-1", "1x", " 1", "99999999999"}) {
        ::setenv(orphan_guard::variable, text.c_str(), 1);
        CHECK_THROWS_WITH(orphan_guard(io.get_executor()),
                          std::string(orphan_guard::variable) + "=" + text + ": not a pid");
        CHECK(std::getenv(orphan_guard::variable) == nullptr);
    }
}
