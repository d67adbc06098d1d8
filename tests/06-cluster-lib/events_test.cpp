// What the primary tells of a worker's life, and in which order; and the code that it exits with.
#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

namespace {

using lines = std::vector<std::string>;

// A worker with this environment, which is told this; its record to the end, and its last message.
struct life {
    lines events;
    json last_message;
};
life live_through(const json& told, const child_process::environment& env = {}) {
    life result;
    tests::run([&]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        all.primary().fork(env);
        co_await all.until_recorded("listening 1");
        if (!told.is_null()) all.tell(1, told);
        co_await all.until_recorded("exit 1");
        result.last_message = co_await all.answer(1);
        result.events = all.record_of(1);
    });
    return result;
}

}  // namespace

TEST_CASE("a worker that disconnects itself exits with 0, wanted", "[06][events]") {
    const life it = live_through("disconnect");
    CHECK(it.events == lines{"fork", "online", "listening", "disconnect", "exit: code 0, wanted"});
    CHECK(it.last_message == json{{"leaves", true}});
}

TEST_CASE("a worker that kills itself exits with 0, wanted", "[06][events]") {
    const life it = live_through("kill");
    CHECK(it.events == lines{"fork", "online", "listening", "disconnect", "exit: code 0, wanted"});
}

TEST_CASE("a suicide is told before its end, and exits with 1, unwanted", "[06][events]") {
    const life it = live_through("suicide");
    CHECK(it.events ==
          lines{"fork", "online", "listening", "suicide: told to", "disconnect", "exit: code 1"});
    CHECK(it.last_message == json{{"leaves", false}});
}

TEST_CASE("a worker that is recycled tells so, and exits with 0", "[06][events]") {
    const life it = live_through("recycle");
    CHECK(it.events.size() == 6);
    CHECK(it.events[3] == "suicide: told to");
    CHECK(it.events.back().substr(0, 12) == "exit: code 0");
    CHECK(it.last_message == json{{"leaves", true}});
}

TEST_CASE("an exception in a handler is a worker's suicide", "[06][events]") {
    const life it = live_through("throw later");
    CHECK(it.events == lines{"fork", "online", "listening", "suicide: thrown in a handler",
                             "disconnect", "exit: code 1"});
    CHECK(it.last_message == json{{"leaves", false}});
}

TEST_CASE("an exception in a listener for messages is a worker's suicide", "[06][events]") {
    const life it = live_through("throw");
    CHECK(it.events == lines{"fork", "online", "listening", "suicide: thrown in a listener",
                             "disconnect", "exit: code 1"});
}

TEST_CASE("an exception in a worker's body is its suicide", "[06][events]") {
    const life it = live_through(nullptr, {{"BODY_THROWS", "1"}});
    CHECK(it.events == lines{"fork", "online", "listening", "suicide: thrown in the body",
                             "disconnect", "exit: code 1"});
}

TEST_CASE("a worker that ends by itself exits with its own code, unwanted", "[06][events]") {
    const life it = live_through(json{{"exit", 42}});
    CHECK(it.events == lines{"fork", "online", "listening", "disconnect", "exit: code 42"});
}

TEST_CASE("a worker that the primary disconnects exits with 0, wanted", "[06][events]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        all.primary().fork();
        co_await all.until_recorded("listening 1");
        CHECK_FALSE(all.worker(1).exited_after_disconnect());
        all.worker(1).disconnect();
        CHECK(all.worker(1).exited_after_disconnect());
        CHECK(all.worker(1).state() == cluster::worker_state::leaving);
        const json last = co_await all.answer(1);
        CHECK(last == json{{"leaves", true}});
        co_await all.until_recorded("exit 1");
        CHECK(all.record_of(1) ==
              lines{"fork", "online", "listening", "disconnect", "exit: code 0, wanted"});
    });
}

TEST_CASE("a worker that was killed exits with the signal, unwanted", "[06][events]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        all.primary().fork();
        co_await all.until_recorded("listening 1");
        all.worker(1).kill(SIGKILL);
        co_await all.until_recorded("exit 1");
        CHECK(all.record_of(1) ==
              lines{"fork", "online", "listening", "disconnect", "exit: signal SIGKILL"});
    });
}

TEST_CASE("a worker that gets SIGTERM finishes, exits with 0, and is replaced", "[06][events]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        all.primary().keep_running(1);
        co_await all.until_recorded("listening 1");
        all.worker(1).kill();
        co_await all.until_recorded("exit 1");
        CHECK(all.record_of(1) == lines{"fork", "online", "listening", "suicide: SIGTERM",
                                        "disconnect", "exit: code 0"});
        co_await all.until_recorded("listening 2");
    });
}

TEST_CASE("the replacement of a suicide listens while the old worker finishes", "[06][events]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        troupe all(executor, "lives_as_told");
        all.primary().keep_running(1);
        co_await all.until_recorded("listening 1");
        client held(executor);
        const std::error_code error =
            co_await held.connect(at_ip("127.0.0.1", all.address(1).port));
        CHECK_FALSE(error);
        co_await all.until_open(1);
        all.tell(1, "suicide");
        co_await all.until_recorded("listening 2");
        CHECK(all.count("exit") == 0);
        CHECK(all.address(2).port == all.address(1).port);
        held.close();
        co_await all.until_recorded("exit 1: code 1");
    });
}

TEST_CASE("a worker that is recycled is replaced, and that is no failure", "[06][events]") {
    tests::run([]() -> asio::awaitable<void> {
        cluster::setup setup;
        cluster::restart_settings restart;
        restart.limit = 1;
        setup.restart = restart;
        troupe all(co_await asio::this_coro::executor, "lives_as_told", setup);
        all.primary().keep_running(1);
        for (int id = 1; id <= 4; ++id) {
            co_await all.until_recorded("listening " + std::to_string(id));
            all.tell(id, "recycle");
        }
        co_await all.until_recorded("listening 5");
        CHECK(all.count("give up") == 0);
    });
}

TEST_CASE("workers that fail too often are told as given up", "[06][events]") {
    tests::run([]() -> asio::awaitable<void> {
        cluster::setup setup;
        cluster::restart_settings restart;
        restart.limit = 2;
        restart.first_delay = 0ms;
        setup.restart = restart;
        troupe all(co_await asio::this_coro::executor, "lives_as_told", setup);
        all.primary().keep_running(1);
        for (int id = 1; id <= 3; ++id) {
            co_await all.until_recorded("listening " + std::to_string(id));
            all.worker(id).kill(SIGKILL);
        }
        co_await all.until_recorded("give up");
        co_await all.primary().until_empty();
        CHECK(all.count("fork") == 3);
    });
}
