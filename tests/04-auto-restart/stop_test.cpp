// How a primary is stopped, and made larger and smaller.
#include <chrono>

#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/04-auto-restart/processes.hpp"
#include "tests/04-auto-restart/request.hpp"

using namespace tests;

namespace {

using steady = std::chrono::steady_clock;

}  // namespace

TEST_CASE("SIGINT and SIGTERM let the workers finish what they have", "[04][supervisor]") {
    const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "2"});
        co_await primary.until_listening(2);
        request slow(executor, primary.port(), "/slow?ms=1000");
        co_await ask_once(primary.port(), "/");
        primary.kill(signal);
        const std::string answer = co_await slow.answer();
        CHECK(answer.ends_with("that was slow\n"));
        const auto status = co_await primary.end();
        CHECK(status.code() == 0);
        CHECK(primary.count(") ended: code 0, as it should") == 2);
        CHECK(primary.started().size() == 2);
        CHECK(http_get(primary.port(), "/").empty());
    });
}

TEST_CASE("Ctrl-C in the terminal is the primary's to answer", "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "2"});
        co_await primary.until_listening(2);
        request slow(executor, primary.port(), "/slow?ms=1000");
        co_await ask_once(primary.port(), "/");
        primary.signal_group(SIGINT);
        const std::string answer = co_await slow.answer();
        CHECK(answer.ends_with("that was slow\n"));
        const auto status = co_await primary.end();
        CHECK(status.code() == 0);
        CHECK(primary.count(") ended: code 0, as it should") == 2);
    });
}

TEST_CASE("workers ignore SIGINT and SIGHUP", "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "1"});
        co_await primary.until_listening(1);
        ::kill(primary.alive().at(1), SIGINT);
        ::kill(primary.alive().at(1), SIGHUP);
        const std::string answer = co_await ask_once(primary.port(), "/");
        CHECK(answer.find("worker 1,") != std::string::npos);
        co_await primary.stop();
        CHECK(primary.started().size() == 1);
    });
}

TEST_CASE("a second SIGTERM is the fast way", "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "2"});
        co_await primary.until_listening(2);
        request slow(executor, primary.port(), "/slow?ms=600000");
        co_await ask_once(primary.port(), "/");
        primary.kill(SIGTERM);
        co_await primary.until_said("stopping");
        const auto begin = steady::now();
        const auto status = co_await primary.stop(SIGTERM);
        CHECK(status.code() == 0);
        CHECK(steady::now() - begin >= 1s);
        CHECK(primary.count(") ended: signal SIGKILL") == 1);
        CHECK(primary.count(") ended: code 0, as it should") == 1);
        const std::string answer = co_await slow.answer();
        CHECK(answer.empty());
    });
}

TEST_CASE("SIGQUIT kills all workers at once, and ends with code 131", "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "3"});
        co_await primary.until_listening(3);
        const auto status = co_await primary.stop(SIGQUIT);
        CHECK(status.code() == 131);
        CHECK(primary.count(") ended: signal SIGKILL") == 3);
    });
}

TEST_CASE("SIGQUIT while the workers finish is not waited for either", "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "1"});
        co_await primary.until_listening(1);
        request slow(executor, primary.port(), "/slow?ms=600000");
        co_await ask_once(primary.port(), "/");
        primary.kill(SIGINT);
        co_await primary.until_said("stopping");
        const auto status = co_await primary.stop(SIGQUIT);
        CHECK(status.code() == 131);
        CHECK(primary.count(") ended: signal SIGKILL") == 1);
    });
}

TEST_CASE("a stopped worker is woken by the ladder, and leaves", "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor,
                                {"--workers", "1", "--stop-limit", "100", "--hang-limit", "0"});
        co_await primary.until_listening(1);
        ::kill(primary.alive().at(1), SIGSTOP);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK(primary.exit_of(1) == "code 0, as it should");
    });
}

TEST_CASE("a worker that does not leave is killed at the end of the ladder", "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor,
                                {"--workers", "1", "--stop-limit", "100", "--hang-limit", "0"});
        co_await primary.until_listening(1);
        request hang(executor, primary.port(), "/hang");
        co_await until_seen([&] { return computes(primary.alive().at(1)); });
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK(primary.exit_of(1).starts_with("signal SIGKILL, as it should"));
    });
}

TEST_CASE("a worker that still starts when the primary stops does not delay it",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "4", "--stop-limit", "60000"});
        co_await primary.until_said(" started, pid ", 1);
        const auto begin = steady::now();
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK(steady::now() - begin < 20s + slack);
        CHECK(primary.count(") ended: code 0, as it should") == 4);
    });
}

TEST_CASE("SIGTTIN and SIGTTOU are one worker more and one fewer", "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "1"});
        co_await primary.until_listening(1);
        primary.kill(SIGTTIN);
        co_await primary.until_listening(2);
        CHECK(primary.alive().size() == 2);
        primary.kill(SIGTTOU);
        co_await primary.until_ended(1);
        CHECK(primary.exit_of(2) == "code 0, as it should");
        // The last one stays.
        primary.kill(SIGTTOU);
        co_await primary.until_said("workers wanted: 1", 2);
        const std::string answer = co_await ask_once(primary.port(), "/");
        CHECK(answer.starts_with("HTTP/1.1 200"));
        primary.kill(SIGTTIN);
        co_await primary.until_listening(3);
        CHECK(primary.alive().rbegin()->first == 3);
        co_await primary.stop();
    });
}

TEST_CASE("a slot that comes back while its worker still leaves is kept filled",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "2", "--hang-limit", "0"});
        co_await primary.until_listening(2);
        ::kill(primary.alive().at(2), SIGSTOP);
        primary.kill(SIGTTOU);
        co_await primary.until_said("workers wanted: 1");
        primary.kill(SIGTTIN);
        co_await primary.until_listening(3);
        ::kill(primary.alive().at(2), SIGCONT);
        co_await primary.until_ended(1);
        CHECK(primary.exit_of(2) == "code 0, as it should");
        ::kill(primary.alive().at(3), SIGKILL);
        co_await primary.until_listening(4);
        CHECK(primary.alive().size() == 2);
        co_await primary.stop();
    });
}

TEST_CASE("no signal but SIGQUIT keeps a primary from letting its workers finish",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "1"});
        co_await primary.until_listening(1);
        request slow(executor, primary.port(), "/slow?ms=1000");
        co_await ask_once(primary.port(), "/");
        primary.kill(SIGHUP);
        co_await primary.until_said("stopping");
        for (const int signal : {SIGHUP, SIGTTIN, SIGTTOU}) primary.kill(signal);
        const std::string answer = co_await slow.answer();
        CHECK(answer.ends_with("that was slow\n"));
        const auto status = co_await primary.end();
        CHECK(status.code() == 0);
        CHECK(primary.started().size() == 1);
    });
}
