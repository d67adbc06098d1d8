// cluster::run: how long a primary goes on, and what a fault of its workers means.
#include "tests/06-cluster-lib/running_program.hpp"
#include "tests/load.hpp"

using namespace tests;
using child_process::exit_status;

namespace {

const std::string leads = program("leads_as_told");
const std::vector<std::string> that_forks{"forks"};
const std::vector<std::string> that_stays{"stays"};
const std::vector<std::string> that_keeps{"keeps"};
const std::vector<std::string> that_throws{"throws"};

std::uint16_t port_of(const running_program& cluster) {
    return static_cast<std::uint16_t>(cluster.number_after("listens on port "));
}

}  // namespace

TEST_CASE("a primary ends with the last worker that it forked", "[06][run]") {
    tests::run([]() -> asio::awaitable<void> {
        running_program cluster(co_await asio::this_coro::executor, leads, that_forks);
        const exit_status status = co_await cluster.end();
        CHECK(status == exit_status::exited(0));
        CHECK(cluster.count("ended: code 0") == 1);
    });
}

TEST_CASE("a primary goes on as long as a worker that it forked", "[06][run]") {
    tests::run([]() -> asio::awaitable<void> {
        running_program cluster(co_await asio::this_coro::executor, leads, that_stays);
        co_await cluster.until_said("listens on port ");
        const std::string answer = co_await ask_once(port_of(cluster), "/");
        CHECK(answer.find("hello") != std::string::npos);
        const exit_status status = co_await cluster.stop(SIGTERM);
        CHECK(status == exit_status::exited(0));
        CHECK(cluster.count("ended: code 0") == 1);
    });
}

TEST_CASE("a primary that keeps workers running goes on after its body", "[06][run]") {
    tests::run([]() -> asio::awaitable<void> {
        running_program cluster(co_await asio::this_coro::executor, leads, that_keeps);
        co_await cluster.until_said("listens on port ");
        const exit_status status = co_await cluster.stop(SIGINT);
        CHECK(status == exit_status::exited(0));
    });
}

TEST_CASE("an exception in the primary's body ends the cluster with 1", "[06][run][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        running_program cluster(co_await asio::this_coro::executor, leads, that_throws);
        const exit_status status = co_await cluster.end();
        CHECK(status == exit_status::exited(1));
        CHECK(cluster.count("error: thrown in the primary") == 1);
    });
}

TEST_CASE("an exception in an HTTP handler is answered with 500, and its worker is replaced",
          "[06][run][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        running_program cluster(co_await asio::this_coro::executor, leads, that_keeps);
        co_await cluster.until_said("listens on port ");
        const std::string failed = co_await ask_once(port_of(cluster), "/throw");
        CHECK(failed.substr(0, 12) == "HTTP/1.1 500");
        co_await cluster.until_said("listens on port ", 2);
        co_await cluster.until_said("ended: code 1");
        CHECK(cluster.count("thrown in a handler") >= 1);
        const std::string answer = co_await ask_once(port_of(cluster), "/");
        CHECK(answer.substr(0, 12) == "HTTP/1.1 200");
        const exit_status status = co_await cluster.stop(SIGTERM);
        CHECK(status == exit_status::exited(0));
    });
}

TEST_CASE("run_cluster tells its workers their port", "[06][run]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::vector<std::string> flags{"--workers", "1",  "--port",
                                             "0",         "--", own("http_app")};
        running_program cluster(co_await asio::this_coro::executor, own("run_cluster"), flags);
        co_await cluster.until_said("listening on port ");
        const auto port = static_cast<std::uint16_t>(cluster.number_after("listening on port "));
        CHECK(port > 0);
        const std::string answer = co_await ask_once(port, "/");
        CHECK(answer.substr(0, 12) == "HTTP/1.1 200");
        const exit_status status = co_await cluster.stop(SIGTERM);
        CHECK(status == exit_status::exited(0));
    });
}
