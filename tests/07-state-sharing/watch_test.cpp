// Both ways of hearing of changes, between real workers.
#include "tests/07-state-sharing/watch_family.hpp"

#include <csignal>

#include "07-state-sharing/file_store.hpp"

using namespace tests;

namespace {

// Once with each way of hearing.
void run_with_each_watch(int count,
                         const std::function<asio::awaitable<void>(watch_family&)>& body) {
    const std::string kind = GENERATE("polling", "notification");
    CAPTURE(kind);
    tests::run([&]() -> asio::awaitable<void> {
        watch_family family(co_await asio::this_coro::executor, kind);
        co_await family.start(count);
        co_await body(family);
    });
}

json setting_to(const json& value) {
    return {{"set", "w/setting"}, {"value", value}};
}

}  // namespace

TEST_CASE("every worker hears what one has changed, the one itself too", "[07][watch]") {
    run_with_each_watch(3, [](watch_family& family) -> asio::awaitable<void> {
        family.tell(1, setting_to("blue"));
        co_await family.until_heard(workers(1, 2, 3), "w/setting", "blue");
        family.tell(3, setting_to("red"));
        co_await family.until_heard(workers(1, 2, 3), "w/setting", "red");
        family.tell(2, json{{"erase", "w/setting"}});
        co_await family.until_heard(workers(1, 2, 3), "w/setting", nullptr);
        for (const int id : {1, 2, 3}) {
            CHECK(family.heard(id, "w/setting") == std::vector<json>{"blue", "red", nullptr});
        }
    });
}

TEST_CASE("a worker that comes late hears first what is there", "[07][watch]") {
    run_with_each_watch(1, [](watch_family& family) -> asio::awaitable<void> {
        family.tell(1, setting_to("old"));
        family.tell(1, setting_to("blue"));
        co_await family.until_heard(workers(1), "w/setting", "blue");
        family.start_one();
        co_await family.until_heard(workers(2), "w/setting", "blue");
        CHECK(family.heard(2, "w/setting") == std::vector<json>{"blue"});
        family.tell(1, setting_to("red"));
        co_await family.until_heard(workers(2), "w/setting", "red");
    });
}

TEST_CASE("of a key that all change at once each hears rising values, and the last",
          "[07][watch]") {
    run_with_each_watch(3, [](watch_family& family) -> asio::awaitable<void> {
        for (int round = 0; round < 10; ++round) {
            for (const int id : {1, 2, 3}) {
                family.tell(id, json{{"add", "w/sum"}, {"times", 5}});
            }
        }
        family.start_one();
        co_await family.until_heard(workers(1, 2, 3, 4), "w/sum", 150);
        for (const int id : {1, 2, 3, 4}) {
            const auto& values = family.heard(id, "w/sum");
            CHECK(std::is_sorted(values.begin(), values.end()));
            CHECK(values.back() == 150);
        }
    });
}

TEST_CASE("what is written outside of the prefix is not told", "[07][watch]") {
    run_with_each_watch(2, [](watch_family& family) -> asio::awaitable<void> {
        family.tell(1, json{{"set", "other"}, {"value", 1}});
        family.tell(1, setting_to("blue"));
        co_await family.until_heard(workers(1, 2), "w/setting", "blue");
        for (const int id : {1, 2}) CHECK(family.heard(id, "other").empty());
    });
}

TEST_CASE("a change of a worker that died of its next breath is heard by all others",
          "[07][watch]") {
    run_with_each_watch(3, [](watch_family& family) -> asio::awaitable<void> {
        family.tell(1, json{{"set", "w/setting"}, {"value", "last words"}, {"die", true}});
        co_await family.until_dead(1);
        co_await family.until_heard(workers(2, 3), "w/setting", "last words");
    });
}

TEST_CASE("polling hears of what no worker has written", "[07][watch]") {
    tests::run([&]() -> asio::awaitable<void> {
        watch_family family(co_await asio::this_coro::executor, "polling");
        co_await family.start(2);
        state::file_store(family.file()).set("w/setting", "from outside");
        co_await family.until_heard(workers(1, 2), "w/setting", "from outside");
    });
}

TEST_CASE("what the primary has written and announced is heard by all workers", "[07][watch]") {
    tests::run([&]() -> asio::awaitable<void> {
        watch_family family(co_await asio::this_coro::executor, "notification");
        co_await family.start(2);
        state::file_store store(family.file());
        store.on_write([&](const std::string& key, auto) { family.relay().announce(key); });
        store.set("w/setting", "of the primary");
        co_await family.until_heard(workers(1, 2), "w/setting", "of the primary");
        store.erase("w/setting");
        co_await family.until_heard(workers(1, 2), "w/setting", nullptr);
    });
}

TEST_CASE("a session outlives the worker that has made it", "[07][sessions]") {
    tests::run([&]() -> asio::awaitable<void> {
        watch_family family(co_await asio::this_coro::executor, "polling");
        co_await family.start(2);
        const json ada{{"user", "ada"}};
        family.tell(1, json{{"create", ada}});
        const json token = co_await family.answer(1, "token");
        family.kill(1, SIGKILL);
        co_await family.until_dead(1);
        family.start_one();
        for (const int id : {2, 3}) {
            family.tell(id, json{{"find", token}});
            const json found = co_await family.answer(id, "found");
            CHECK(found == ada);
        }
        family.tell(2,
                    json{{"find", token.get<std::string>().substr(0, 17) + std::string(32, '0')}});
        const json stolen = co_await family.answer(2, "found");
        CHECK(stolen.is_null());
    });
}
