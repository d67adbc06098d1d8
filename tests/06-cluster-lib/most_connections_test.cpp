// How many connections a worker may have open.
#include <list>

#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

namespace {

const json one_at_a_time = listen_on({{"most_connections", 1}});

asio::awaitable<void> connect(client& one, const json& answer) {
    const std::error_code error =
        co_await one.connect(at_ip("127.0.0.1", answer["port"].get<int>()));
    CHECK_FALSE(error);
}

}  // namespace

TEST_CASE("a connection beyond a worker's limit goes to another worker", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        troupe all(executor, "listens_as_told");
        const auto ids = co_await all.start(2);
        const json limited = co_await all.ask(ids[0], one_at_a_time);
        const json other = co_await all.ask(ids[1], listen_on(json::object()));
        CHECK(limited == other);
        std::list<client> clients;
        std::map<std::string, int> served;
        for (int n = 0; n < 5; ++n) {
            client& each = clients.emplace_back(executor);
            co_await connect(each, limited);
            const auto said = co_await each.line();
            ++served[said.value_or("nothing")];
        }
        CHECK(served == std::map<std::string, int>{{"worker 1", 1}, {"worker 2", 4}});
    });
}

TEST_CASE("a connection beyond every worker's limit waits until there is room", "[06][listen]") {
    const auto policy = GENERATE(cluster::policy::round_robin, cluster::policy::shared);
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        cluster::setup setup;
        setup.policy = policy;
        troupe all(executor, "listens_as_told", setup);
        const auto ids = co_await all.start(1);
        const json answer = co_await all.ask(ids[0], one_at_a_time);
        client first(executor);
        co_await connect(first, answer);
        const auto said_first = co_await first.line();
        CHECK(said_first == "worker 1");
        client second(executor);
        co_await connect(second, answer);
        const auto early = co_await support::with_timeout(second.line(), 300ms);
        CHECK_FALSE(early.has_value());
        first.close();
        const auto said_second = co_await second.line();
        CHECK(said_second == "worker 1");
    });
}

TEST_CASE("the primary knows how many connections a worker has open", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        troupe all(executor, "listens_as_told");
        const auto ids = co_await all.start(1);
        const json answer = co_await all.ask(ids[0], listen_on(json::object()));
        CHECK(all.worker(1).connections() == 0);
        std::list<client> clients;
        for (int n = 0; n < 3; ++n) {
            client& each = clients.emplace_back(executor);
            co_await connect(each, answer);
            const auto said = co_await each.line();
            CHECK(said == "worker 1");
        }
        CHECK(all.worker(1).connections() == 3);
        clients.clear();
        co_await all.until_open(0);
    });
}
