// Workers and primaries of real Node, crosswise with ours.
#include "support/sockets.hpp"
#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/04-auto-restart/request.hpp"

using namespace tests;

namespace {

using words = primary_program::words;

// restart_primary with the unchanged Node application as its workers.
words node_workers(const std::string& port, const std::string& workers,
                   const std::string& script = "app.js") {
    const std::string path = source_file("tests/04-auto-restart/node/" + script);
    return {"--port", port, "--workers", workers, "--program", "node", "--", path};
}

// A Node primary with restart_worker as its workers.
words our_workers() {
    return {source_file("tests/04-auto-restart/node/primary.js"),
            stage_program("04-auto-restart", "restart_worker"), "--port", "0"};
}

// Asks until so many different answers have come.
asio::awaitable<void> until_answers(std::uint16_t port, std::size_t different) {
    load clients(co_await asio::this_coro::executor, port);
    clients.start(16);
    while (clients.account().bodies.size() < different) {
        co_await clients.until_answered(clients.account().answered + 1);
    }
    co_await clients.finish();
    CHECK(clients.account().asked() == clients.account().answered);
}

}  // namespace

TEST_CASE("an unchanged Node application is killed and comes back", "[04][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, node_workers("0", "1"));
        co_await primary.until_listening(1);
        const std::string before = co_await ask_once(primary.port(), "/");
        CHECK(before.ends_with("node " + std::to_string(primary.alive().at(1)) + "\n"));
        ::kill(primary.alive().at(1), SIGKILL);
        co_await primary.until_listening(2);
        CHECK(primary.exit_of(1) == "signal SIGKILL");
        const std::string after = co_await ask_once(primary.port(), "/");
        CHECK(after.ends_with("node " + std::to_string(primary.alive().at(2)) + "\n"));
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK(primary.exit_of(2) == "code 0, as it should");
    });
}

TEST_CASE("two Node workers share the port", "[04][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, node_workers("0", "2"));
        co_await primary.until_listening(2);
        co_await until_answers(primary.port(), 2);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK(primary.count(") ended: code 0, as it should") == 2);
    });
}

TEST_CASE("a Node worker's uncaught exception is told of, and the worker replaced", "[04][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, node_workers("0", "1"));
        co_await primary.until_listening(1);
        co_await ask_once(primary.port(), "/crash");
        co_await primary.until_listening(2);
        CHECK(primary.exit_of(1).starts_with("code 1"));
        CHECK(primary.count("Error: nobody catches this") == 1);
        const std::string answer = co_await ask_once(primary.port(), "/");
        CHECK(answer.starts_with("HTTP/1.1 200"));
        co_await primary.stop();
    });
}

TEST_CASE("a Node worker that disconnects on purpose is not restarted", "[04][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, node_workers("0", "1", "leaves.js"));
        co_await primary.until_listening(1);
        const std::string answer = co_await ask_once(primary.port(), "/leave");
        CHECK(answer.ends_with("bye\n"));
        co_await primary.until_ended(1);
        CHECK(primary.exit_of(1) == "code 0, as it should");
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK(primary.started().size() == 1);
    });
}

TEST_CASE("a port that is taken reaches the Node application's error event", "[04][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const support::unique_fd taken = support::listen_tcp("127.0.0.1", 0);
        const std::string port = std::to_string(support::local_port(taken.get()));
        primary_program primary(executor, node_workers(port, "1"));
        co_await primary.until_ended(1);
        CHECK(primary.count("the application heard EADDRINUSE") == 1);
        CHECK(primary.exit_of(1).starts_with("code 100"));
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
    });
}

TEST_CASE("our worker serves under a Node primary, which replaces it", "[04][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, "node", our_workers());
        co_await primary.until_listening(2);
        co_await until_answers(primary.port(), 2);
        const std::string crashed = co_await ask_once(primary.port(), "/crash");
        CHECK(crashed.starts_with("HTTP/1.1 500"));
        co_await primary.until_listening(3);
        CHECK(primary.exits().at(0).how == "code 1");
        request slow(executor, primary.port(), "/slow?ms=1000");
        co_await ask_once(primary.port(), "/");
        primary.kill(SIGTERM);
        const std::string answer = co_await slow.answer();
        CHECK(answer.ends_with("that was slow\n"));
        const auto status = co_await primary.end();
        CHECK(status.code() == 0);
        CHECK(primary.count(") ended: code 0, as it should") == 2);
    });
}

TEST_CASE("our worker leaves when its Node primary is killed", "[04][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, "node", our_workers());
        co_await primary.until_listening(2);
        request slow(executor, primary.port(), "/slow?ms=1000");
        primary.kill(SIGKILL);
        const std::string answer = co_await slow.answer();
        CHECK(answer.ends_with("that was slow\n"));
        co_await primary.end();  // the workers had its output, too
        CHECK(http_get(primary.port(), "/").empty());
    });
}
