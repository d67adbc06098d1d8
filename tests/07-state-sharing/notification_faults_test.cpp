// Notification with workers that are stopped, flooded, hostile, or not there.
#include <csignal>

#include "07-state-sharing/file_store.hpp"
#include "tests/07-state-sharing/watch_family.hpp"

using namespace tests;

namespace {

json count_to(int value) {
    return {{"set", "w/count"}, {"value", value}};
}

asio::awaitable<void> change_while_stopped(watch_family& family, int changes) {
    const std::vector<int> others{1, 2};
    for (int n = 1; n <= changes; ++n) {
        family.tell(1 + n % 2, count_to(n));
        co_await family.until_heard(others, "w/count", n);
    }
}

}  // namespace

TEST_CASE("a stopped worker delays nobody, and hears the last value when it goes on",
          "[07][watch]") {
    tests::run([&]() -> asio::awaitable<void> {
        constexpr int changes = 200;
        watch_family family(co_await asio::this_coro::executor, "notification");
        co_await family.start(3);
        family.kill(3, SIGSTOP);
        co_await change_while_stopped(family, changes);
        for (const int id : {1, 2}) CHECK(family.heard(id, "w/count").size() == changes);
        CHECK(family.heard(3, "w/count").empty());
        family.kill(3, SIGCONT);
        co_await family.until_heard(workers(3), "w/count", changes);
        // The message that was on its way already, and one for all the rest.
        CHECK(family.heard(3, "w/count").size() <= 2);
        family.tell(1, count_to(0));
        co_await family.until_heard(workers(1, 2, 3), "w/count", 0);
    });
}

TEST_CASE("a worker that missed more than can be kept for it reads everything when it goes on",
          "[07][watch]") {
    tests::run([&]() -> asio::awaitable<void> {
        constexpr int keys = 1'100;
        watch_family family(co_await asio::this_coro::executor, "notification");
        co_await family.start(3);
        family.kill(3, SIGSTOP);
        for (int n = 0; n < keys; n += 100) {
            family.tell(1, json{{"fill", 100}, {"from", n}});
            co_await family.until_heard(workers(1, 2), "w/" + std::to_string(n + 99), n + 99);
        }
        CHECK(family.known(3) == 1);
        family.kill(3, SIGCONT);
        co_await family.until([&] { return family.known(3) == keys + 1; });
        CHECK(family.heard(3, "w/0") == std::vector<json>{0});
    });
}

TEST_CASE("a worker whose channel is full of other messages hears when it goes on", "[07][watch]") {
    tests::run([&]() -> asio::awaitable<void> {
        watch_family family(co_await asio::this_coro::executor, "notification");
        co_await family.start(2);
        family.kill(2, SIGSTOP);
        const json mebibyte = std::string(1U << 20U, 'x');
        // Again after what fits into the kernel's buffer has left for it.
        for (int times = 0; times < 3; ++times) {
            while (family.worker(2).send(mebibyte)) continue;
            family.tell(1, json{{"echo", times}});
            co_await family.answer(1, "echo");
        }
        REQUIRE_FALSE(family.worker(2).send(nullptr));
        family.tell(1, count_to(1));
        co_await family.until_heard(workers(1), "w/count", 1);
        family.kill(2, SIGCONT);
        co_await family.until_heard(workers(2), "w/count", 1);
    });
}

TEST_CASE("a worker that is killed while it is stopped takes nothing with it", "[07][watch]") {
    tests::run([&]() -> asio::awaitable<void> {
        watch_family family(co_await asio::this_coro::executor, "notification");
        co_await family.start(3);
        family.kill(3, SIGSTOP);
        family.tell(1, count_to(1));
        co_await family.until_heard(workers(1, 2), "w/count", 1);
        family.kill(3, SIGKILL);
        co_await family.until_dead(3);
        family.start_one();
        family.tell(2, count_to(2));
        co_await family.until_heard(workers(1, 2, 4), "w/count", 2);
    });
}

TEST_CASE("whatever a worker says, the primary and the others go on", "[07][watch]") {
    const std::string said = GENERATE(
        R"({"cmd":"state"})", R"({"cmd":"state","changed":[]})",
        R"({"cmd":"state","changed":[1,null,{}]})", R"({"cmd":"state","changed":["no such key"]})",
        R"({"cmd":"state","changed":["w/no such key"]})", R"({"cmd":"state","resync":true})",
        R"({"cmd":"state","heard":true,"resync":true})", R"({"cmd":"state","heard":7})",
        R"({"cmd":{},"changed":["w/count"]})", R"([["cmd","state"]])", R"("state")", "null",
        "-1e308");
    CAPTURE(said);
    tests::run([&]() -> asio::awaitable<void> {
        watch_family family(co_await asio::this_coro::executor, "notification");
        co_await family.start(3);
        for (int n = 0; n < 50; ++n) family.tell(2, json{{"say", json::parse(said)}});
        family.tell(1, count_to(1));
        co_await family.until_heard(workers(1, 2, 3), "w/count", 1);
        family.tell(2, count_to(2));
        co_await family.until_heard(workers(1, 2, 3), "w/count", 2);
        CHECK(family.heard(3, "w/count") == std::vector<json>{1, 2});
    });
}

TEST_CASE("a worker that does not watch is told nothing", "[07][watch]") {
    tests::run([&]() -> asio::awaitable<void> {
        watch_family family(co_await asio::this_coro::executor, "notification");
        co_await family.start(1);
        cluster::setup other;
        other.arguments = {"nothing", family.file()};
        family.primary().setup(other);
        const int id = family.start_one();
        family.tell(id, json{{"echo", "first"}});
        co_await family.answer(id, "echo");
        for (int n = 0; n < 10; ++n) family.tell(1, count_to(n));
        co_await family.until_heard(workers(1), "w/count", 9);
        family.tell(id, json{{"echo", "last"}});
        co_await family.answer(id, "echo");
        CHECK(family.answers(id, "unexpected") == 0);
    });
}
