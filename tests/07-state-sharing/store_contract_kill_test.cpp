// What every kind of store keeps when its writers are killed at any moment.
#include <random>
#include <sstream>

#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/07-state-sharing/store_contract.hpp"

using tests::text_in;

namespace {

// Starts a writer, and kills it some acknowledgements and some microseconds later.
// @return all the numbers that it acknowledged
asio::awaitable<std::vector<std::int64_t>> acknowledged_before_kill(const tests::tried_store& store,
                                                                    std::mt19937& random) {
    const auto executor = co_await asio::this_coro::executor;
    auto writer = child_process::spawn(executor, tests::program("acknowledges_writes"),
                                       {store.kind().name, store.directory()});
    std::string said;
    const auto enough = std::uniform_int_distribution<std::ptrdiff_t>(1, 30)(random);
    while (std::count(said.begin(), said.end(), '\n') < enough) {
        const auto more = co_await writer.out().read();
        REQUIRE(more);
        said += *more;
    }
    const std::chrono::microseconds later(std::uniform_int_distribution<int>(0, 2000)(random));
    asio::steady_timer moment(executor, later);
    co_await moment.async_wait(asio::use_awaitable);
    writer.kill(SIGKILL);
    while (const auto rest = co_await writer.out().read()) said += *rest;
    co_await writer.wait();
    std::vector<std::int64_t> numbers;
    std::istringstream lines(said);  // each was one write(2), so that the last one is whole
    for (std::int64_t number = 0; lines >> number;) numbers.push_back(number);
    co_return numbers;
}

}  // namespace

TEST_CASE("no write that was acknowledged is lost when its writer is killed",
          "[07][contract][kill]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    const unsigned seed = std::random_device()();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    tests::run_at_most(20 * tests::patience, [&]() -> asio::awaitable<void> {
        for (int kill = tests::kills_wanted(); kill > 0; --kill) {
            const auto numbers = co_await acknowledged_before_kill(store, random);
            const auto found = store->get("n")->value().get<std::int64_t>();
            CHECK(found >= numbers.back());
            CHECK(found <= numbers.back() + 1);
            for (const std::int64_t number : numbers) {
                if (number <= found - 10) continue;  // overwritten
                // The next one for this key may have been written and not yet acknowledged.
                const auto copy = text_in(*store, "copy/" + std::to_string(number % 10));
                CHECK((copy == std::to_string(number) || copy == std::to_string(number + 10)));
            }
            CHECK(store->increment("n", 0) == found);  // no lock is left behind
        }
    });
}
