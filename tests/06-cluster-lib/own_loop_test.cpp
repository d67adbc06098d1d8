// A program with a main function and an event loop of its own.
#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/running_program.hpp"
#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

TEST_CASE("the event loop of a worker that is disconnected runs dry by itself",
          "[06][net][own_loop]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "has_its_own_loop");
        all.primary().fork();
        co_await all.until_recorded("listening 1");
        const std::string said = co_await greeting(at_ip("127.0.0.1", all.address(1).port));
        CHECK(said == "hello");
        all.worker(1).disconnect();
        co_await all.until_recorded("exit 1");
        CHECK(all.has("exit 1: code 0, wanted"));
        CHECK(all.output(1).find("ran dry") != std::string::npos);
    });
}

TEST_CASE("the event loop of a worker that is disconnected runs on until its last connection",
          "[06][net][own_loop]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        troupe all(executor, "has_its_own_loop");
        all.primary().fork();
        all.primary().fork();
        co_await all.until_recorded("listening", 2);
        client held(executor);
        const std::error_code error =
            co_await held.connect(at_ip("127.0.0.1", all.address(1).port));
        CHECK_FALSE(error);
        const auto hello = co_await held.line();
        CHECK(hello == "hello");
        all.worker(1).disconnect();
        all.worker(2).disconnect();
        co_await all.until_recorded("exit", 1);
        CHECK(all.primary().workers().size() == 1);
        held.close();
        co_await all.until_recorded("exit", 2);
        CHECK(all.count("exit 1: code 0") == 1);
        CHECK(all.count("exit 2: code 0") == 1);
    });
}

TEST_CASE("workers with event loops of their own share a port", "[06][net][own_loop]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "has_its_own_loop");
        all.primary().keep_running(2);
        co_await all.until_recorded("listening", 2);
        CHECK(all.address(1).port == all.address(2).port);
        co_await all.primary().disconnect();
        CHECK(all.count("exit 1: code 0") == 1);
        CHECK(all.count("exit 2: code 0") == 1);
    });
}

TEST_CASE("alone the same program listens by itself", "[06][net][own_loop]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::vector<std::string> none;
        running_program app(co_await asio::this_coro::executor, program("has_its_own_loop"), none);
        co_await app.until_said("port ");
        const std::string said = co_await greeting(at_ip("127.0.0.1", app.number_after("port ")));
        CHECK(said == "hello");
        const auto status = co_await app.stop(SIGTERM);
        CHECK(status == child_process::exit_status::killed(SIGTERM));
    });
}
