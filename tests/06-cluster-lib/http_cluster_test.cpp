// http_cluster, the primary and its workers in one program: signals and exit codes.
#include "support/sockets.hpp"
#include "tests/06-cluster-lib/running_program.hpp"
#include "tests/load.hpp"

using namespace tests;
using child_process::exit_status;

namespace {

const std::vector<std::string> two_workers{"--port", "0", "--workers", "2"};

std::uint16_t http_port(const running_program& cluster) {
    return static_cast<std::uint16_t>(cluster.number_after("http://127.0.0.1:"));
}

}  // namespace

TEST_CASE("http_cluster answers with all its workers", "[06][run]") {
    tests::run([]() -> asio::awaitable<void> {
        running_program cluster(co_await asio::this_coro::executor, own("http_cluster"),
                                two_workers);
        co_await cluster.until_said(" listens on ", 2);
        std::string answers;
        for (int n = 0; n < 4; ++n) answers += co_await ask_once(http_port(cluster), "/");
        CHECK(answers.find("hello from worker 1,") != std::string::npos);
        CHECK(answers.find("hello from worker 2,") != std::string::npos);
        const exit_status status = co_await cluster.stop(SIGTERM);
        CHECK(status == exit_status::exited(0));
        CHECK(cluster.count("died: code 0") == 2);
    });
}

TEST_CASE("a cluster that SIGINT stops exits with 0", "[06][run]") {
    tests::run([]() -> asio::awaitable<void> {
        running_program cluster(co_await asio::this_coro::executor, own("http_cluster"),
                                two_workers);
        co_await cluster.until_said(" listens on ", 2);
        const exit_status status = co_await cluster.stop(SIGINT);
        CHECK(status == exit_status::exited(0));
    });
}

TEST_CASE("a cluster that SIGQUIT stops exits with 131, and its workers are killed", "[06][run]") {
    tests::run([]() -> asio::awaitable<void> {
        running_program cluster(co_await asio::this_coro::executor, own("http_cluster"),
                                two_workers);
        co_await cluster.until_said(" listens on ", 2);
        const exit_status status = co_await cluster.stop(SIGQUIT);
        CHECK(status == exit_status::exited(131));
        CHECK(cluster.count("died: signal SIGKILL") == 2);
    });
}

TEST_CASE("a cluster whose workers do not come up exits with 70, and says why", "[06][run]") {
    tests::run([]() -> asio::awaitable<void> {
        const support::unique_fd taken = support::listen_tcp("::", 0);
        const std::string port = std::to_string(support::local_port(taken.get()));
        const std::vector<std::string> flags{"--port", port, "--workers", "1"};
        running_program cluster(co_await asio::this_coro::executor, own("http_cluster"), flags);
        const exit_status status = co_await cluster.end();
        CHECK(status == exit_status::exited(70));
        const std::string reason = "listen on port " + port + ": Address already in use";
        CHECK(cluster.count("error: no worker comes up: " + reason) == 1);
    });
}

TEST_CASE("SIGTTIN and SIGTTOU make the workers one more and one fewer, but at least one",
          "[06][run]") {
    tests::run([]() -> asio::awaitable<void> {
        running_program cluster(co_await asio::this_coro::executor, own("http_cluster"),
                                two_workers);
        co_await cluster.until_said(" listens on ", 2);
        cluster.kill(SIGTTIN);
        co_await cluster.until_said(" listens on ", 3);
        cluster.kill(SIGTTOU);
        co_await cluster.until_said(" died: code 0", 1);
        cluster.kill(SIGTTOU);
        co_await cluster.until_said(" died: code 0", 2);
        cluster.kill(SIGTTOU);
        co_await cluster.until_said("workers wanted: 1", 2);
        const std::string answer = co_await ask_once(http_port(cluster), "/");
        CHECK(answer.find("hello from worker 1,") != std::string::npos);
        const exit_status status = co_await cluster.stop(SIGTERM);
        CHECK(status == exit_status::exited(0));
        CHECK(cluster.count(" started, pid ") == 3);
    });
}

TEST_CASE("SIGHUP replaces the workers of a cluster", "[06][run][reload]") {
    tests::run([]() -> asio::awaitable<void> {
        running_program cluster(co_await asio::this_coro::executor, own("http_cluster"),
                                two_workers);
        co_await cluster.until_said(" listens on ", 2);
        cluster.kill(SIGHUP);
        co_await cluster.until_said("reload: done");
        const std::string answer = co_await ask_once(http_port(cluster), "/");
        CHECK(answer.find("hello from worker ") != std::string::npos);
        CHECK(cluster.count("died: code 0") == 2);
        const exit_status status = co_await cluster.stop(SIGTERM);
        CHECK(status == exit_status::exited(0));
        CHECK(cluster.count(" started, pid ") == 4);
    });
}

TEST_CASE("a cluster that is stopped during a reload exits with 0", "[06][run][reload]") {
    tests::run([]() -> asio::awaitable<void> {
        running_program cluster(co_await asio::this_coro::executor, own("http_cluster"),
                                two_workers);
        co_await cluster.until_said(" listens on ", 2);
        cluster.kill(SIGHUP);
        co_await cluster.until_said("worker 3 started");
        const exit_status status = co_await cluster.stop(SIGTERM);
        CHECK(status == exit_status::exited(0));
    });
}

TEST_CASE("under load a cluster that is stopped answers all that it has accepted",
          "[06][run][load]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running_program cluster(executor, own("http_cluster"), two_workers);
        co_await cluster.until_said(" listens on ", 2);
        load clients(executor, http_port(cluster));
        clients.start(4);
        co_await clients.until_answered(50);
        cluster.kill(SIGTERM);
        const exit_status status = co_await cluster.end();
        CHECK(status == exit_status::exited(0));
        co_await clients.finish();
        CHECK(clients.account().failed == 0);
        CHECK(clients.account().late == 0);
        CHECK(clients.account().cut == 0);
    });
}

TEST_CASE("each program of the cluster refuses wrong flags with exit code 2", "[06][run]") {
    using words = std::vector<std::string>;
    const auto [name, flags] = GENERATE(table<std::string, words>({
        {"http_cluster", {"--no-such-flag"}},
        {"http_cluster", {"--workers", "0"}},
        {"http_cluster", {"--policy", "fair"}},
        {"http_cluster", {"--port", "70000"}},
        {"run_cluster", {"--workers", "2"}},
        {"run_cluster", {"--workers", "0", "--", "true"}},
        {"run_cluster", {"--policy", "fair", "--", "true"}},
        {"run_cluster", {"--stop-limit", "-1", "--", "true"}},
        {"tcp_app", {"--no-such-flag"}},
        {"http_app", {"--port", "x"}},
    }));
    CAPTURE(name, flags);
    tests::run([&, program = name, given = flags]() -> asio::awaitable<void> {
        running_program refuses(co_await asio::this_coro::executor, own(program), given);
        const exit_status status = co_await refuses.end();
        CHECK(status == exit_status::exited(2));
        CHECK_FALSE(refuses.output().empty());
    });
}
