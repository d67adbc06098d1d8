// Workers whose event loop stands still.
#include <sys/socket.h>

#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

using steady = std::chrono::steady_clock;

// Long enough that nobody else stands still for so long on a busy machine.
constexpr std::chrono::milliseconds hang_limit = slack / 3;

// Lets `break_one` make one of four workers hang while clients come, and checks that it is replaced
// in time and that nobody else has noticed.
void expect_replaced(const std::function<void(primary_program&)>& break_one) {
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(
            executor, {"--workers", "4", "--hang-limit", std::to_string(hang_limit.count())});
        co_await primary.until_listening(4);
        load clients(executor, primary.port());
        clients.start(8);
        co_await clients.until_answered(100);
        const auto begin = steady::now();
        break_one(primary);
        co_await primary.until_listening(5);
        CHECK(steady::now() - begin < hang_limit + 3s + slack);
        co_await clients.until_answered(clients.account().answered + 100);
        co_await clients.finish();

        REQUIRE(primary.exits().size() == 1);
        const told_exit& hung = primary.exits()[0];
        CHECK(hung.how.find("because: its event loop stood still") != std::string::npos);
        CHECK(clients.account().refused == 0);
        CHECK(clients.account().late == 0);
        CHECK(clients.account().failed == 0);
        // It counts a connection just after it has accepted it, and may be stopped between.
        CHECK(clients.account().cut <= hung.connections + 1);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
    });
}

}  // namespace

TEST_CASE("a stopped worker is replaced while the others serve on", "[04][supervisor]") {
    expect_replaced(
        [](primary_program& primary) { REQUIRE(::kill(primary.alive().at(2), SIGSTOP) == 0); });
}

TEST_CASE("a worker in an endless loop is replaced while the others serve on", "[04][supervisor]") {
    support::unique_fd client;  // it stays open, for the worker to be busy with
    expect_replaced([&](primary_program& primary) {
        client = support::unique_fd(connect_to(primary.port()));
        const std::string request = "GET /hang HTTP/1.1\r\nHost: localhost\r\n\r\n";
        const auto sent = ::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL);
        REQUIRE(sent == static_cast<ssize_t>(request.size()));
    });
    char byte = 0;
    CHECK(::recv(client.get(), &byte, 1, 0) <= 0);  // it had been taken, and is cut
}

TEST_CASE("however short the limit is, a heart beats at most once a millisecond",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(
            executor, {"--workers", "1", "--hang-limit", "3", "--program", "sh", "--", "-c",
                       "echo heartbeat: $CLUSTER_WORKSHOP_HEARTBEAT; exec sleep 1000"});
        co_await primary.until_said("heartbeat: 3:1");
        co_await primary.stop(SIGQUIT);
    });
}
