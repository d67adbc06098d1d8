// Datagram sockets, which the primary binds and the workers read.
#include "support/sockets.hpp"
#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

namespace {

using answers = std::vector<json>;

}  // namespace

TEST_CASE("workers share a datagram socket", "[06][udp]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "binds_as_told");
        const auto ids = co_await all.start(2);
        const json there{{"address", "127.0.0.1"}};
        const answers bound = co_await all.ask_all(ids, there);
        CHECK(bound[0] == bound[1]);
        const int port = bound[0]["port"].get<int>();
        CHECK(port > 0);
        const std::string said = co_await datagram_answer("127.0.0.1", port);
        CHECK(said.substr(0, 7) == "worker ");
    });
}

TEST_CASE("a datagram socket is read by whichever worker is free", "[06][udp]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "binds_as_told");
        const auto ids = co_await all.start(2);
        const json there = json::object();
        const answers bound = co_await all.ask_all(ids, there);
        all.worker(ids[0]).kill(SIGSTOP);
        const std::string said = co_await datagram_answer("127.0.0.1", bound[0]["port"].get<int>());
        CHECK(said == "worker 2");
        all.worker(ids[0]).kill(SIGCONT);
    });
}

TEST_CASE("a datagram socket may have an IPv6 address", "[06][udp]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "binds_as_told");
        const auto ids = co_await all.start(1);
        const json there{{"address", "::1"}};
        const json bound = co_await all.ask(ids[0], there);
        const std::string said = co_await datagram_answer("::1", bound["port"].get<int>());
        CHECK(said == "worker 1");
        co_await all.until_recorded("listening 1");
        CHECK(all.address(1).datagram);
    });
}

TEST_CASE("a worker is told that its datagram port is in use", "[06][udp][errors]") {
    const support::unique_fd taken = support::bind_udp("127.0.0.1", 0);
    tests::run([&]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "binds_as_told");
        const auto ids = co_await all.start(1);
        const json there{{"address", "127.0.0.1"}, {"port", support::local_port(taken.get())}};
        const json bound = co_await all.ask(ids[0], there);
        CHECK(bound == json{{"errno", EADDRINUSE}});
    });
}

TEST_CASE("a datagram port that has become free is shared by who failed before and who did not",
          "[06][udp][errors]") {
    support::unique_fd taken = support::bind_udp("127.0.0.1", 0);
    tests::run([&]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "binds_as_told");
        const auto ids = co_await all.start(2);
        const int port = support::local_port(taken.get());
        const json there{{"address", "127.0.0.1"}, {"port", port}};
        const json failed = co_await all.ask(ids[0], there);
        CHECK(failed == json{{"errno", EADDRINUSE}});
        taken.reset();
        const answers bound = co_await all.ask_all(ids, there);
        const json granted{{"port", port}};
        CHECK(bound == answers{granted, granted});
    });
}

TEST_CASE("an exclusive datagram socket is the worker's own", "[06][udp]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "binds_as_told");
        const auto ids = co_await all.start(2);
        const json own{{"address", "127.0.0.1"}, {"exclusive", true}};
        const answers bound = co_await all.ask_all(ids, own);
        CHECK(bound[0] != bound[1]);
        const std::string said = co_await datagram_answer("127.0.0.1", bound[1]["port"].get<int>());
        CHECK(said == "worker 2");
        const json taken{{"address", "127.0.0.1"}, {"port", bound[0]["port"]}, {"exclusive", true}};
        const json refused = co_await all.ask(ids[1], taken);
        CHECK(refused == json{{"errno", EADDRINUSE}});
    });
}

TEST_CASE("exclusive datagram sockets may share an address that both want to share", "[06][udp]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "binds_as_told");
        const auto ids = co_await all.start(2);
        json there{{"address", "127.0.0.1"}, {"exclusive", true}, {"share_address", true}};
        const json first = co_await all.ask(ids[0], there);
        there["port"] = first["port"];
        const json second = co_await all.ask(ids[1], there);
        CHECK(second == first);
    });
}
