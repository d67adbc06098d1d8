// Programs that know nothing of clusters: alone, and as workers.
#include <set>

#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/running_program.hpp"

using namespace tests;
using child_process::exit_status;

namespace {

const std::string listening = "listening on port ";

client::endpoint endpoint_of(const running_program& app) {
    return at_ip("127.0.0.1", app.number_after(listening));
}

asio::awaitable<void> connect_to_app(client& one, const running_program& app) {
    const std::error_code error = co_await one.connect(endpoint_of(app));
    CHECK_FALSE(error);
    const auto hello = co_await one.line();
    CHECK(hello.value_or("").substr(0, 11) == "hello from ");
}

// Nobody else gets in, as soon as it has seen the signal. (Who comes in the very moment is cut.)
asio::awaitable<void> until_refused(const running_program& app) {
    const std::string refused = "error " + std::to_string(ECONNREFUSED);
    std::string answer;
    while (answer != refused) answer = co_await greeting(endpoint_of(app));
}

}  // namespace

TEST_CASE("tcp_app alone says hello, and repeats what it is told", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> flags{"--port", "0"};
        running_program app(executor, own("tcp_app"), flags);
        co_await app.until_said(listening);
        client one(executor);
        co_await connect_to_app(one, app);
        co_await one.say("and you?\n");
        const auto echo = co_await one.line();
        CHECK(echo == "and you?");
        one.close();
        const exit_status status = co_await app.stop(SIGTERM);
        CHECK(status == exit_status::exited(0));
    });
}

TEST_CASE("tcp_app alone finishes its connections when it is interrupted", "[06][net]") {
    const int signal = GENERATE(SIGINT, SIGTERM);
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> flags{"--port", "0"};
        running_program app(executor, own("tcp_app"), flags);
        co_await app.until_said(listening);
        client held(executor);
        co_await connect_to_app(held, app);
        app.kill(signal);
        co_await until_refused(app);
        co_await held.say("still there?\n");
        const auto echo = co_await held.line();
        CHECK(echo == "still there?");
        held.close();
        const exit_status status = co_await app.end();
        CHECK(status == exit_status::exited(0));
    });
}

TEST_CASE("the second signal ends tcp_app at once", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> flags{"--port", "0"};
        running_program app(executor, own("tcp_app"), flags);
        co_await app.until_said(listening);
        client held(executor);
        co_await connect_to_app(held, app);
        app.kill(SIGINT);
        co_await until_refused(app);
        app.kill(SIGINT);
        static_cast<void>(co_await app.end());
        const auto line = co_await held.line();
        CHECK(line == std::nullopt);
    });
}

TEST_CASE("tcp_app alone says that its port is in use, and exits with 1", "[06][net][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        std::vector<std::string> flags{"--port", "0"};
        running_program first(executor, own("tcp_app"), flags);
        co_await first.until_said(listening);
        flags[1] = std::to_string(first.number_after(listening));
        running_program second(executor, own("tcp_app"), flags);
        const exit_status status = co_await second.end();
        CHECK(status == exit_status::exited(1));
        CHECK(second.count("Address already in use") == 1);
        co_await first.stop(SIGTERM);
    });
}

TEST_CASE("tcp_app without a channel to its primary says what to do", "[06][net][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::vector<std::string> flags{"--port", "0"};
        const child_process::environment no_channel{{"NODE_UNIQUE_ID", "1"}};
        running_program app(co_await asio::this_coro::executor, own("tcp_app"), flags, no_channel);
        const exit_status status = co_await app.end();
        CHECK(status == exit_status::exited(1));
        CHECK(app.count("unset NODE_UNIQUE_ID to run alone") == 1);
    });
}

TEST_CASE("run_cluster shares the port of programs that know nothing of it", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> flags{"--workers", "2", "--", own("tcp_app"), "--port", "0"};
        running_program cluster(executor, own("run_cluster"), flags);
        co_await cluster.until_said(listening, 2);
        std::set<std::string> served;
        for (int n = 0; n < 2; ++n) {
            const std::string hello = co_await greeting(endpoint_of(cluster));
            served.insert(hello);
        }
        CHECK(served.size() == 2);
        const exit_status status = co_await cluster.stop(SIGTERM);
        CHECK(status == exit_status::exited(0));
        CHECK(cluster.count("ended: code 0") == 2);
    });
}

TEST_CASE("run_cluster lets its workers finish a connection", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> flags{"--workers", "2", "--", own("tcp_app"), "--port", "0"};
        running_program cluster(executor, own("run_cluster"), flags);
        co_await cluster.until_said(listening, 2);
        client held(executor);
        co_await connect_to_app(held, cluster);
        cluster.kill(SIGTERM);
        co_await cluster.until_said("ended: code 0", 1);
        co_await held.say("still there?\n");
        const auto echo = co_await held.line();
        CHECK(echo == "still there?");
        CHECK(cluster.count("ended: code 0") == 1);
        held.close();
        const exit_status status = co_await cluster.end();
        CHECK(status == exit_status::exited(0));
    });
}

TEST_CASE("run_cluster of a program that does not exist exits with 70, and says so",
          "[06][net][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::vector<std::string> flags{"--workers", "1", "--", "/no/such/program"};
        running_program cluster(co_await asio::this_coro::executor, own("run_cluster"), flags);
        const exit_status status = co_await cluster.end();
        CHECK(status == exit_status::exited(70));
        CHECK(cluster.count("No such file or directory") >= 1);
    });
}
