// What every kind of store keeps between processes.
#include <algorithm>
#include <deque>

#include "tests/07-state-sharing/store_user.hpp"

using nlohmann::json;
using tests::store_user;
using tests::text_in;

TEST_CASE("what one process writes, another reads from then on", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    tests::run([&]() -> asio::awaitable<void> {
        store_user other(co_await asio::this_coro::executor, store);
        for (int round = 0; round < 20; ++round) {
            store->set("a", round);
            const json read = {{"do", "get"}, {"key", "a"}};
            const json there = co_await other.obey(read);
            CHECK(there == round);
            const json write = {{"do", "set"}, {"key", "b"}, {"value", round}};
            const json changed = co_await other.obey(write);
            CHECK(text_in(*store, "b") == std::to_string(round));
            CHECK(store->get("b")->changed == changed);
            CHECK(store->latest() == changed);
        }
        const json erase = {{"do", "erase"}, {"key", "b"}};
        const json erased = co_await other.obey(erase);
        CHECK(erased == true);
        CHECK_FALSE(store->get("b"));
    });
}

TEST_CASE("compare_and_set notices what another process has changed", "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    tests::run([&]() -> asio::awaitable<void> {
        store_user other(co_await asio::this_coro::executor, store);
        const auto known = store->set("a", "ours");
        const json write = {{"do", "set"}, {"key", "a"}, {"value", "theirs"}};
        co_await other.obey(write);
        CHECK_FALSE(store->compare_and_set("a", known, "lost"));
        const json late = {{"do", "swap"}, {"key", "a"}, {"expected", known}, {"value", "lost"}};
        const json refused = co_await other.obey(late);
        CHECK(refused.is_null());
        CHECK(text_in(*store, "a") == "\"theirs\"");
    });
}

TEST_CASE("no increment of four processes is lost", "[07][contract]") {
    const tests::tried_store store(tests::each_kind(), tests::memory_folder());
    INFO("with " << store.kind());
    constexpr int each = 10'000;
    tests::run_at_most(3 * tests::patience, [&]() -> asio::awaitable<void> {
        const json order = {{"do", "increment"}, {"key", "n"}, {"times", each}};
        std::deque<store_user> users;
        for (int started = 0; started < 4; ++started) {
            users.emplace_back(co_await asio::this_coro::executor, store);
        }
        for (auto& user : users) co_await user.tell(order);
        std::int64_t last = 0;
        for (auto& user : users) {
            const json sum = co_await user.answer();
            REQUIRE(sum.is_number());
            last = std::max(last, sum.get<std::int64_t>());
        }
        CHECK(last == 4 * each);
        CHECK(text_in(*store, "n") == std::to_string(4 * each));
        CHECK(store->latest() == static_cast<state::version>(4 * each));
    });
}

TEST_CASE("a process that writes without a pause does not keep others from writing",
          "[07][contract]") {
    tests::tried_store store(tests::each_kind());
    INFO("with " << store.kind());
    tests::run([&]() -> asio::awaitable<void> {
        store_user busy(co_await asio::this_coro::executor, store);
        const json order = {{"do", "increment"}, {"key", "n"}, {"times", 1'000'000'000}};
        co_await busy.tell(order);
        std::string before = "-";
        for (int ours = 1; ours <= 50; ++ours) {
            CHECK(store->increment("ours") == ours);
            while (text_in(*store, "n") == before) continue;  // it has had its turn, too
            before = text_in(*store, "n");
        }
        busy.process().kill(SIGKILL);
        co_await busy.process().wait();
    });
}
