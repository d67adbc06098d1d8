// Where workers listen, and who reaches them there.
#include <filesystem>
#include <list>
#include <set>

#include "support/sockets.hpp"
#include "support/timeout.hpp"
#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

namespace {

// One worker that listens so; who answers at each of the addresses.
std::vector<std::string> answers_at(json options, std::vector<std::string> addresses) {
    std::vector<std::string> result;
    tests::run([&]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(1);
        const json answer = co_await all.ask(ids[0], listen_on(options));
        REQUIRE(answer.contains("port"));
        for (const std::string& each : addresses) {
            std::string said = co_await greeting(at_ip(each, answer["port"].get<int>()));
            result.push_back(std::move(said));
        }
    });
    return result;
}

const std::string refused = "error " + std::to_string(ECONNREFUSED);
using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a worker listens on an IPv4 address, and on no IPv6 one", "[06][listen]") {
    const auto answers = answers_at({{"address", "127.0.0.1"}}, {"127.0.0.1", "::1"});
    CHECK(answers == texts{"worker 1", refused});
}

TEST_CASE("a worker listens on an IPv6 address, and on no IPv4 one", "[06][listen]") {
    const auto answers = answers_at({{"address", "::1"}}, {"127.0.0.1", "::1"});
    CHECK(answers == texts{refused, "worker 1"});
}

TEST_CASE("a worker that names no address is reached by IPv4 and by IPv6", "[06][listen]") {
    const auto answers = answers_at(json::object(), {"127.0.0.1", "::1"});
    CHECK(answers == texts{"worker 1", "worker 1"});
}

TEST_CASE("a worker on every IPv6 address is reached by IPv4, too", "[06][listen]") {
    const auto answers = answers_at({{"address", "::"}}, {"127.0.0.1", "::1"});
    CHECK(answers == texts{"worker 1", "worker 1"});
}

TEST_CASE("a worker that listens on IPv6 alone takes no IPv4", "[06][listen]") {
    const auto answers = answers_at({{"only_ipv6", true}}, {"127.0.0.1", "::1"});
    CHECK(answers == texts{refused, "worker 1"});
}

TEST_CASE("a worker on IPv6 alone leaves the IPv4 port to others", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(1);
        const support::unique_fd ours = support::listen_tcp("127.0.0.1", 0);
        const json there{
            {"address", "::"}, {"only_ipv6", true}, {"port", support::local_port(ours.get())}};
        const json answer = co_await all.ask(ids[0], listen_on(there));
        CHECK(answer == json{{"port", support::local_port(ours.get())}});
    });
}

TEST_CASE("the primary is told where a worker listens", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(1);
        const json there{{"address", "127.0.0.1"}};
        const json answer = co_await all.ask(ids[0], listen_on(there));
        co_await all.until_recorded("listening 1");
        CHECK(all.address(1).address == "127.0.0.1");
        CHECK(all.address(1).port == answer["port"].get<int>());
        CHECK_FALSE(all.address(1).datagram);
        CHECK(all.worker(1).state() == cluster::worker_state::ready);
    });
}

TEST_CASE("workers share a unix socket, whose file goes with the primary", "[06][listen]") {
    const temporary_folder folder;
    const std::string path = folder.file("app.sock");
    tests::run([&]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(2);
        const json there{{"path", path}};
        const auto answers = co_await all.ask_all(ids, listen_on(there));
        const json expected{{"port", 0}};
        CHECK(answers == std::vector<json>{expected, expected});
        const std::string first = co_await greeting(at_path(path));
        const std::string second = co_await greeting(at_path(path));
        CHECK(std::set<std::string>{first, second} ==
              std::set<std::string>{"worker 1", "worker 2"});
        co_await all.until_recorded("listening 2");
        CHECK(all.address(2).address == path);
        CHECK(all.address(2).port == -1);
        co_await all.primary().disconnect();
    });
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("workers share a socket that their primary has open", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        const support::unique_fd ours = support::listen_tcp("127.0.0.1", 0);
        troupe all(co_await asio::this_coro::executor, "listens_as_told");
        const auto ids = co_await all.start(2);
        const json there{{"fd", ours.get()}};
        const auto answers = co_await all.ask_all(ids, listen_on(there));
        const int port = support::local_port(ours.get());
        CHECK(answers[0].contains("port"));
        CHECK(answers[1].contains("port"));
        const std::string first = co_await greeting(at_ip("127.0.0.1", port));
        const std::string second = co_await greeting(at_ip("127.0.0.1", port));
        CHECK(std::set<std::string>{first, second} ==
              std::set<std::string>{"worker 1", "worker 2"});
    });
}

TEST_CASE("under each policy the workers answer on one port", "[06][listen]") {
    const std::string name =
        GENERATE("round-robin", "least-connections", "address-hash", "shared", "reuseport");
    CAPTURE(name);
    tests::run([&]() -> asio::awaitable<void> {
        cluster::setup setup;
        setup.policy = cluster::policy_named(name);
        troupe all(co_await asio::this_coro::executor, "listens_as_told", setup);
        const auto ids = co_await all.start(2);
        const json there = json::object();
        const auto answers = co_await all.ask_all(ids, listen_on(there));
        CHECK(answers[0] == answers[1]);
        for (int n = 0; n < 10; ++n) {
            const std::string said =
                co_await greeting(at_ip("127.0.0.1", answers[0]["port"].get<int>()));
            CHECK(said.substr(0, 7) == "worker ");
        }
    });
}

TEST_CASE("the first who asks says how many connections may wait", "[06][listen]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        cluster::setup setup;
        setup.policy = cluster::policy::shared;  // otherwise the primary accepts them
        troupe all(executor, "listens_as_told", setup);
        const auto ids = co_await all.start(1);
        const json there{{"address", "127.0.0.1"}, {"backlog", 1}};
        const json answer = co_await all.ask(ids[0], listen_on(there));
        const auto where = at_ip("127.0.0.1", answer["port"].get<int>());
        all.worker(ids[0]).kill(SIGSTOP);
        std::list<client> clients;
        // The kernel keeps one more than it is told.
        for (int n = 0; n < 2; ++n) {
            const std::error_code error = co_await clients.emplace_back(executor).connect(where);
            CHECK_FALSE(error);
        }
        client third(executor);
        const auto connected = co_await support::with_timeout(third.connect(where), 300ms);
        CHECK_FALSE(connected.has_value());
        all.worker(ids[0]).kill(SIGCONT);
    });
}
