// Which worker gets which port, and when a port is free again.
#include "support/sockets.hpp"
#include "support/timeout.hpp"
#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

namespace {

const json any_port = listen_on(json::object());
const json own_port = listen_on({{"exclusive", true}});
const std::string localhost = "127.0.0.1";

// Whether the port can be bound, as soon as it can.
asio::awaitable<bool> becomes_free(int port) {
    for (int tries = 0; tries < 1000; ++tries) {
        try {
            const auto ours = support::listen_tcp("::", static_cast<std::uint16_t>(port));
            co_return true;
        } catch (const std::system_error&) {
        }
        co_await support::pause(10ms);
    }
    co_return false;
}

}  // namespace

TEST_CASE("all workers that ask for any port get the same one", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(3);
        const auto answers = co_await all.ask_all(ids, any_port);
        CHECK(answers[0]["port"].get<int>() > 0);
        CHECK(answers[1] == answers[0]);
        CHECK(answers[2] == answers[0]);
    });
}

TEST_CASE("a worker's second question for any port means another one, which is shared again",
          "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(2);
        const auto first = co_await all.ask_all(ids, any_port);
        const auto second = co_await all.ask_all(ids, any_port);
        CHECK(first[0] == first[1]);
        CHECK(second[0] == second[1]);
        CHECK(first[0] != second[0]);
    });
}

TEST_CASE("workers take turns on the port that they share", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(2);
        const auto answers = co_await all.ask_all(ids, any_port);
        std::map<std::string, int> served;
        for (int n = 0; n < 20; ++n) {
            const std::string said =
                co_await greeting(at_ip(localhost, answers[0]["port"].get<int>()));
            ++served[said];
        }
        CHECK(served == std::map<std::string, int>{{"worker 1", 10}, {"worker 2", 10}});
    });
}

TEST_CASE("an exclusive port is the worker's own", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(2);
        const auto answers = co_await all.ask_all(ids, own_port);
        CHECK(answers[0] != answers[1]);
        const std::string first =
            co_await greeting(at_ip(localhost, answers[0]["port"].get<int>()));
        CHECK(first == "worker 1");
        const std::string second =
            co_await greeting(at_ip(localhost, answers[1]["port"].get<int>()));
        CHECK(second == "worker 2");
        CHECK(all.count("listening") == 0);
    });
}

TEST_CASE("an exclusive port that another worker has is in use", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(2);
        const json first = co_await all.ask(ids[0], own_port);
        const json there{{"exclusive", true}, {"port", first["port"]}};
        const json second = co_await all.ask(ids[1], listen_on(there));
        CHECK(second == json{{"errno", EADDRINUSE}});
    });
}

TEST_CASE("a port is free when the last of its workers has closed its server", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(2);
        const auto answers = co_await all.ask_all(ids, any_port);
        const int port = answers[0]["port"].get<int>();
        json closed = co_await all.ask(ids[0], close_of(port));
        CHECK(closed == json{{"closed", port}});
        const std::string other = co_await greeting(at_ip(localhost, port));
        CHECK(other == "worker 2");
        closed = co_await all.ask(ids[1], close_of(port));
        const bool free = co_await becomes_free(port);
        CHECK(free);
        CHECK(all.primary().workers().size() == 2);
    });
}

TEST_CASE("a port that was closed can be listened on again", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(1);
        const json first = co_await all.ask(ids[0], any_port);
        const json closed = co_await all.ask(ids[0], close_of(first["port"]));
        CHECK(closed == json{{"closed", first["port"]}});
        const json there{{"port", first["port"]}};
        const json again = co_await all.ask(ids[0], listen_on(there));
        CHECK(again == first);
        const std::string said = co_await greeting(at_ip(localhost, first["port"].get<int>()));
        CHECK(said == "worker 1");
    });
}

TEST_CASE("a worker that dies leaves the port to the others", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(2);
        const auto answers = co_await all.ask_all(ids, any_port);
        all.worker(1).kill(SIGKILL);
        co_await all.until_recorded("exit 1");
        for (int n = 0; n < 4; ++n) {
            const std::string said =
                co_await greeting(at_ip(localhost, answers[0]["port"].get<int>()));
            CHECK(said == "worker 2");
        }
    });
}

TEST_CASE("a primary that ends frees its ports", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        int port = 0;
        {
            troupe all(co_await asio::this_coro::executor, "listens_as_told");
            const auto ids = co_await all.start(1);
            const json answer = co_await all.ask(ids[0], any_port);
            port = answer["port"].get<int>();
            co_await all.primary().disconnect();
        }
        const bool free = co_await becomes_free(port);
        CHECK(free);
    });
}
