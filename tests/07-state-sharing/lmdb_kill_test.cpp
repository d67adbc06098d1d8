// Processes at a store on LMDB that are killed or stopped at any moment.
#include <deque>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "07-state-sharing/lmdb_check.hpp"
#include "07-state-sharing/lmdb_keeper.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/07-state-sharing/lmdb_files.hpp"
#include "tests/07-state-sharing/lmdb_user.hpp"
#include "tests/07-state-sharing/store_contract.hpp"
#include "tests/catch.hpp"

using state::lmdb_options;
using state::lmdb_store;
using tests::lmdb_folder;
using tests::lmdb_kill;
using tests::lmdb_user;
using namespace std::chrono_literals;

namespace {

struct lmdb_writer {
    child_process::child process;
    std::string key;
    std::string said;

    asio::awaitable<void> hear(std::ptrdiff_t lines) {
        while (std::count(said.begin(), said.end(), '\n') < lines) {
            const auto more = co_await process.out().read();
            REQUIRE(more);
            said += *more;
        }
    }
    asio::awaitable<std::int64_t> last_acknowledged() {
        while (const auto rest = co_await process.out().read()) said += *rest;
        co_await process.wait();
        std::istringstream lines(said);  // each was one write(2), so that the last one is whole
        std::int64_t last = 0;
        for (std::int64_t number = 0; lines >> number;) last = number;
        co_return last;
    }
};

// Some writers at once, each killed at a moment of its own; then what they acknowledged is there.
asio::awaitable<void> lmdb_kill_writers(const lmdb_folder& folder, int count,
                                        std::mt19937& random) {
    const auto executor = co_await asio::this_coro::executor;
    std::uniform_int_distribution<int> wait_us(0, 1500);
    std::uniform_int_distribution<std::ptrdiff_t> enough(1, 20);
    std::deque<lmdb_writer> writers;
    for (int number = 0; number < count; ++number) {
        const std::string key = "writer/" + std::to_string(number);
        writers.push_back({lmdb_user(executor, folder, "write", key), key, {}});
    }
    for (auto& writer : writers) {
        co_await writer.hear(enough(random));
        asio::steady_timer moment(executor, std::chrono::microseconds(wait_us(random)));
        co_await moment.async_wait(asio::use_awaitable);
        writer.process.kill(SIGKILL);
    }
    std::map<std::string, std::int64_t> last;
    for (auto& writer : writers) last[writer.key] = co_await writer.last_acknowledged();
    const auto fault = state::find_lmdb_fault(folder.data(), state::lmdb_check_depth::whole);
    INFO(fault.value_or("no fault"));
    CHECK_FALSE(fault);
    lmdb_store store(folder.path());
    for (const auto& [key, number] : last) {
        INFO(key);
        const auto found = store.get(key)->value().get<std::int64_t>();
        CHECK((found == number || found == number + 1));
        CHECK(store.increment(key, 0) == found);  // no lock is left behind
    }
}

}  // namespace

TEST_CASE("writers at one store on LMDB may be killed at any moment", "[07][lmdb][kill]") {
    const unsigned seed = std::random_device()();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    constexpr int writers = 4;
    tests::run_at_most(20 * tests::patience, [&]() -> asio::awaitable<void> {
        const lmdb_folder folder;
        for (int kills = 0; kills < tests::kills_wanted(); kills += writers) {
            co_await lmdb_kill_writers(folder, writers, random);
        }
    });
}

TEST_CASE("a primary may be killed at any moment of its start and its end", "[07][lmdb][kill]") {
    const unsigned seed = std::random_device()();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    std::uniform_int_distribution<std::ptrdiff_t> enough(0, 5);
    std::uniform_int_distribution<int> wait_us(0, 6000);
    tests::run_at_most(20 * tests::patience, [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const lmdb_folder folder;
        std::int64_t before = 0;
        for (int kills = 0; kills < tests::kills_wanted(); ++kills) {
            lmdb_writer primary{lmdb_user(executor, folder, "keep"), "kept", {}};
            co_await primary.hear(enough(random));
            asio::steady_timer moment(executor, std::chrono::microseconds(wait_us(random)));
            co_await moment.async_wait(asio::use_awaitable);
            primary.process.kill(SIGKILL);
            const auto last = std::max(before, co_await primary.last_acknowledged());
            INFO(primary.said);
            state::lmdb_keeper keeper(folder.path());
            CHECK(keeper.notes().empty());
            before = keeper.store().increment("kept", 0);
            CHECK((before == last || before == last + 1));
        }
    });
}

TEST_CASE("a process that is killed in the middle of a write has written nothing",
          "[07][lmdb][kill]") {
    tests::run([]() -> asio::awaitable<void> {
        const lmdb_folder folder;
        lmdb_store store(folder.path());
        store.set("a", 1);
        auto other = lmdb_user(co_await asio::this_coro::executor, folder, "change");
        const auto said = co_await tests::read_line(other.out());
        CHECK(said == "ready");
        CHECK(store.get("a")->json == "1");
        co_await lmdb_kill(other);
        CHECK(store.get("a")->json == "1");
        CHECK(store.set("a", 2) == 2);
        CHECK(store.get("a")->json == "2");
    });
}

TEST_CASE("a process that is stopped while it writes makes the others busy, not wait for ever",
          "[07][lmdb]") {
    tests::run([]() -> asio::awaitable<void> {
        const lmdb_folder folder;
        lmdb_options options;
        options.lock_limit = 20ms;
        lmdb_store store(folder.path(), options);
        store.set("a", 1);
        auto other = lmdb_user(co_await asio::this_coro::executor, folder, "change");
        co_await tests::read_line(other.out());
        other.kill(SIGSTOP);
        const auto message = tests::message_of([&] { store.set("a", 2); });
        CHECK(message.find("is one of them stopped?") != std::string::npos);
        CHECK(store.get("a")->json == "1");
        co_await lmdb_kill(other);
        CHECK(store.increment("a") == 2);
    });
}
