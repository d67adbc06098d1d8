// The load client, against servers of our own and against ones that misbehave.
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include "01-spawn-exec/exec.hpp"
#include "support/async_condition.hpp"
#include "support/http_server.hpp"
#include "support/sockets.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace tests;

namespace {

using nlohmann::json;

struct load_outcome {
    json account;
    child_process::exit_status status = child_process::exit_status::exited(0);
};

asio::awaitable<load_outcome> load_put_on(std::uint16_t port, std::vector<std::string> more) {
    std::vector<std::string> arguments{"--port", std::to_string(port)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const std::string program = stage_program("07-state-sharing", "run_load");
    const auto result = co_await child_process::exec_file(program, arguments);
    CHECK(result.err.empty());
    co_return load_outcome{json::parse(result.out, nullptr, false), result.status};
}

// A server that says what each test wants to hear.
class scripted_server {
  public:
    // @param answers  to the requests of each connection, in turn; then it closes
    scripted_server(const asio::any_io_executor& executor, std::vector<std::string> answers)
        : answers_(std::move(answers)),
          acceptor_(executor, {asio::ip::address_v4::loopback(), 0}),
          stopped_(executor) {
        asio::co_spawn(executor, serve(), support::rethrow);
    }

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    [[nodiscard]] int connections() const { return connections_; }
    [[nodiscard]] const std::vector<std::string>& heads() const { return heads_; }
    asio::awaitable<void> stop() {
        acceptor_.cancel();
        while (!has_stopped_) co_await stopped_.wait();
    }

  private:
    asio::awaitable<void> serve() {
        for (;;) {
            auto [error, socket] = co_await acceptor_.async_accept(support::as_result);
            if (error) break;
            ++connections_;
            co_await answer(std::move(socket));
        }
        has_stopped_ = true;
        stopped_.notify_all();
    }
    asio::awaitable<void> answer(asio::ip::tcp::socket socket) {
        std::string unread;
        for (const std::string& each : answers_) {
            const auto [cut, size] = co_await asio::async_read_until(
                socket, asio::dynamic_buffer(unread), "\r\n\r\n", support::as_result);
            if (cut) co_return;
            heads_.push_back(unread.substr(0, size));
            unread.erase(0, size);
            co_await asio::async_write(socket, asio::buffer(each), support::as_result);
        }
    }

    std::vector<std::string> answers_;
    asio::ip::tcp::acceptor acceptor_;
    support::async_condition stopped_;
    bool has_stopped_ = false;
    int connections_ = 0;
    std::vector<std::string> heads_;
};

const std::string good_load_answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes";

}  // namespace

TEST_CASE("run_load asks as often as it was told, and says how quickly it was answered",
          "[07][load]") {
    tests::run([]() -> asio::awaitable<void> {
        std::uint64_t asked = 0;
        std::string target;
        support::http_server server(
            co_await asio::this_coro::executor,
            [&](const support::http_request& request, support::http_reply& reply) {
                ++asked;
                target = request.path();
                reply.text("yes\n");
            });
        support::unique_fd listening = support::listen_tcp("127.0.0.1", 0);
        const std::uint16_t port = support::local_port(listening.get());
        server.listen(std::move(listening));
        const std::vector<std::string> flags{"--requests", "205",      "--clients",
                                             "4",          "--target", "/it"};
        const load_outcome result = co_await load_put_on(port, flags);
        CHECK(result.status == child_process::exit_status::exited(0));
        CHECK(result.account["requests"] == 205);
        CHECK(result.account["answered"] == 205);
        CHECK(result.account["failed"] == 0);
        CHECK(result.account["p50_ms"] <= result.account["p99_ms"]);
        CHECK(result.account["requests_per_second"] > 0);
        CHECK(asked == 205);
        CHECK(target == "/it");
    });
}

TEST_CASE("run_load renews a connection after ten requests, and says so with the last",
          "[07][load]") {
    tests::run([]() -> asio::awaitable<void> {
        scripted_server server(co_await asio::this_coro::executor,
                               std::vector<std::string>(100, good_load_answer));
        const std::vector<std::string> flags{"--requests", "25", "--clients", "1"};
        const load_outcome result = co_await load_put_on(server.port(), flags);
        co_await server.stop();
        CHECK(result.account["answered"] == 25);
        CHECK(server.connections() == 3);
        REQUIRE(server.heads().size() == 25);
        CHECK(server.heads()[8].find("Connection: close") == std::string::npos);
        CHECK(server.heads()[9].find("Connection: close") != std::string::npos);
    });
}

TEST_CASE("run_load takes a new connection when the server says that it closes one", "[07][load]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::string last =
            "HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 0\r\nConnection: close\r\n\r\n";
        const std::vector<std::string> answers{good_load_answer, last};
        scripted_server server(co_await asio::this_coro::executor, answers);
        const std::vector<std::string> flags{"--requests", "6", "--clients", "1"};
        const load_outcome result = co_await load_put_on(server.port(), flags);
        co_await server.stop();
        CHECK(result.account["answered"] == 6);
        CHECK(result.account["failed"] == 0);
        CHECK(server.connections() == 3);
    });
}

TEST_CASE("run_load counts a request as failed that is cut, or answered with an error",
          "[07][load]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::string broken = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
        const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
        for (const std::string& bad : {broken, half, std::string("what?\r\n\r\n"), std::string()}) {
            const std::vector<std::string> answers{good_load_answer, bad};
            scripted_server server(co_await asio::this_coro::executor, answers);
            const std::vector<std::string> flags{"--requests", "4", "--clients", "1"};
            const load_outcome result = co_await load_put_on(server.port(), flags);
            co_await server.stop();
            CHECK(result.status == child_process::exit_status::exited(1));
            CHECK(result.account["answered"] == 2);
            CHECK(result.account["failed"] == 2);
        }
    });
}

TEST_CASE("run_load that nobody answers says so, and gives no times", "[07][load]") {
    tests::run([]() -> asio::awaitable<void> {
        const support::unique_fd bound = support::bind_tcp("127.0.0.1", 0);
        const std::vector<std::string> flags{"--requests", "30"};
        const load_outcome result = co_await load_put_on(support::local_port(bound.get()), flags);
        CHECK(result.status == child_process::exit_status::exited(1));
        CHECK(result.account["answered"] == 0);
        CHECK(result.account["failed"] == 30);
        CHECK(result.account["p50_ms"].is_null());
    });
}

TEST_CASE("run_load refuses flags that make no request", "[07][load]") {
    tests::run([]() -> asio::awaitable<void> {
        using words = std::vector<std::string>;
        const std::string program = stage_program("07-state-sharing", "run_load");
        for (const words& wrong :
             {words{"--requests", "5"}, words{"--port", "80", "--clients", "0"},
              words{"--port", "80", "--target", "no slash"},
              words{"--port", "80", "--target", "/a b"}}) {
            const auto result = co_await child_process::exec_file(program, wrong);
            CHECK(result.status == child_process::exit_status::exited(2));
            CHECK(result.err.find("--") != std::string::npos);
        }
    });
}
