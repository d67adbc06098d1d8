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

asio::awaitable<void> hear_hello(client& one, client::endpoint where) {
    const std::error_code error = co_await one.connect(where);
    CHECK_FALSE(error);
    const auto hello = co_await one.line();
    CHECK(hello.value_or("").substr(0, 11) == "hello from ");
}

// A port that it gives back may be another program's at once; a path stays its own.
struct app_at_a_path {
    temporary_folder folder;
    std::string path = folder.file("app");
    running_program app;

    explicit app_at_a_path(const asio::any_io_executor& executor)
        : app(executor, own("tcp_app"), {"--path", path}) {}

    [[nodiscard]] asio::awaitable<void> until_listening() {
        return app.until_said("listening on " + path);
    }
    // Nobody else gets in, as soon as it has seen the signal. (Who comes in the very moment is
    // cut.)
    [[nodiscard]] asio::awaitable<void> until_refused() const {
        std::string answer;
        while (!answer.starts_with("error ")) answer = co_await greeting(at_path(path));
    }
};

}  // namespace

TEST_CASE("tcp_app alone says hello, and repeats what it is told", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> flags{"--port", "0"};
        running_program app(executor, own("tcp_app"), flags);
        co_await app.until_said(listening);
        client one(executor);
        co_await hear_hello(one, endpoint_of(app));
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
        app_at_a_path one(executor);
        co_await one.until_listening();
        client held(executor);
        co_await hear_hello(held, at_path(one.path));
        one.app.kill(signal);
        co_await one.until_refused();
        co_await held.say("still there?\n");
        const auto echo = co_await held.line();
        CHECK(echo == "still there?");
        held.close();
        const exit_status status = co_await one.app.end();
        CHECK(status == exit_status::exited(0));
    });
}

TEST_CASE("the second signal ends tcp_app at once", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        app_at_a_path one(executor);
        co_await one.until_listening();
        client held(executor);
        co_await hear_hello(held, at_path(one.path));
        one.app.kill(SIGINT);
        co_await one.until_refused();
        one.app.kill(SIGINT);
        static_cast<void>(co_await one.app.end());
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
        co_await hear_hello(held, endpoint_of(cluster));
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
