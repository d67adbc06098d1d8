// The article's programs: a parent's port, answered by its children.
#include <poll.h>
#include <sys/syscall.h>

#include <csignal>
#include <map>

#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "support/unique_fd.hpp"
#include "tests/03-handle-passing/running.hpp"

using namespace child_process;
using namespace tests;

namespace {

using shares = std::map<std::string, int>;  // by the answer's text

std::string body_of(const std::string& response) {
    const auto end = response.find("\r\n\r\n");
    const bool fine = response.starts_with("HTTP/1.1 200") && end != std::string::npos;
    return fine ? response.substr(end + 4) : "no answer: " + response;
}

// A round of requests that are all under way at the same time.
void ask_at_once(std::uint16_t port, int requests, shares& answers) {
    const std::string request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    std::vector<support::unique_fd> connections;
    for (int n = 0; n < requests; ++n) {
        connections.emplace_back(connect_to(port));
        REQUIRE(::send(connections.back().get(), request.data(), request.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(request.size()));
    }
    for (const auto& connection : connections) {
        std::string response;
        std::array<char, 4096> chunk{};
        ssize_t count = 0;
        while ((count = ::recv(connection.get(), chunk.data(), chunk.size(), 0)) > 0) {
            response.append(chunk.data(), static_cast<std::size_t>(count));
        }
        ++answers[body_of(response)];
    }
}

int sum(const shares& answers) {
    int result = 0;
    for (const auto& [who, count] : answers) {
        CHECK(who.starts_with("handled by "));
        result += count;
    }
    return result;
}

int children_in(const shares& answers) {
    return static_cast<int>(answers.size()) -
           static_cast<int>(answers.count("handled by parent\n"));
}

void wait_for_end(pid_t pid) {
    const support::unique_fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) return;  // ended and reaped
    pollfd ended{pidfd.get(), POLLIN, 0};
    CHECK(support::retry([&] { return ::poll(&ended, 1, 10'000); }) == 1);
}

}  // namespace

TEST_CASE("children answer on a port that only their parent opened", "[03][share_server]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running parent(executor, stage_command("share_server_parent", {"--port", "0"}));
        co_await parent.until("the children go on");
        CHECK(body_of(http_get(parent.port(), "/")).starts_with("handled by child, pid is "));
        CHECK(body_of(http_get(parent.port(), "/index")).starts_with("handled by child, pid is "));
        CHECK(http_get(parent.port(), "/other").starts_with("HTTP/1.1 404"));
        parent.process().kill(SIGTERM);
        const exit_status status = co_await parent.end();
        CHECK(status.code() == 0);
    });
}

TEST_CASE("200 requests while the parent closes its copy: all answered, and both children serve",
          "[03][share_server]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running parent(executor, stage_command("share_server_parent",
                                               {"--port", "0", "--parent-answers", "5"}));
        co_await parent.until("has the port", 2);
        shares answers;
        for (int round = 0; round < 4; ++round) ask_at_once(parent.port(), 50, answers);
        CHECK(sum(answers) == 200);
        // Whoever is quickest; on a busy machine that may for a while be the same one.
        while (children_in(answers) < 2 || answers.count("handled by parent\n") == 0 ||
               answers["handled by parent\n"] < 5) {
            ask_at_once(parent.port(), 20, answers);
        }
        co_await parent.until("closed its own copy");
        const int by_parent = answers["handled by parent\n"];
        ask_at_once(parent.port(), 50, answers);
        CHECK(answers["handled by parent\n"] == by_parent);

        parent.process().kill(SIGINT);
        const exit_status status = co_await parent.end();
        CHECK(status.code() == 0);
        CHECK(parent.number_after("served ") == sum(answers));
        for (const auto& [who, count] : answers) {
            const std::string pid = who.substr(who.find_last_of(' ') + 1, who.size());
            const std::string shown = who == "handled by parent\n"
                                          ? "by parent: "
                                          : "by child " + pid.substr(0, pid.size() - 1) + ": ";
            CHECK(parent.number_after(shown) == count);
        }
    });
}

TEST_CASE("connections that nobody has accepted when the parent closes its copy are answered",
          "[03][share_server]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running parent(executor,
                       stage_command("share_server_parent",
                                     {"--port", "0", "--children", "1", "--parent-answers", "1"}));
        co_await parent.until("has the port");
        const auto child = static_cast<pid_t>(parent.number_after("child "));
        REQUIRE(::kill(child, SIGSTOP) == 0);
        // The child accepts nothing now: the parent answers until it has had enough, and the others
        // stay in the kernel's queue, which outlives the parent's copy.
        const auto first = http_get(parent.port(), "/");
        CHECK(body_of(first) == "handled by parent\n");
        co_await parent.until("closed its own copy");
        const support::unique_fd waiting(connect_to(parent.port()));
        REQUIRE(::kill(child, SIGCONT) == 0);
        shares answers;
        ask_at_once(parent.port(), 20, answers);
        CHECK(answers["handled by child, pid is " + std::to_string(child) + "\n"] == 20);
        parent.process().kill(SIGTERM);
        const exit_status status = co_await parent.end();
        CHECK(status.code() == 0);
    });
}

TEST_CASE("the parent ends by itself after --requests", "[03][share_server]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running parent(executor,
                       stage_command("share_server_parent", {"--port", "0", "--requests", "30"}));
        co_await parent.until("the children go on");
        shares answers;
        ask_at_once(parent.port(), 30, answers);
        const exit_status status = co_await parent.end();
        CHECK(status.code() == 0);
        CHECK(parent.number_after("served ") == 30);
    });
}

TEST_CASE("Ctrl-C reaches the whole family, and nobody is left", "[03][share_server]") {
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT}) {
        tests::run([signal]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            running parent(executor, stage_command("share_server_parent", {"--port", "0"}));
            co_await parent.until("the children go on");
            shares answers;
            ask_at_once(parent.port(), 10, answers);
            parent.signal_group(signal);
            const exit_status status = co_await parent.end();
            CHECK(status.code() == 0);
            CHECK(parent.number_after("served ") == 10);
        });
    }
}

TEST_CASE("a connection that stays open does not keep the family from ending",
          "[03][share_server]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running parent(executor, stage_command("share_server_parent", {"--port", "0"}));
        co_await parent.until("the children go on");
        const support::unique_fd silent(connect_to(parent.port()));
        parent.process().kill(SIGINT);
        const exit_status status = co_await parent.end();
        CHECK(status.code() == 0);
    });
}

TEST_CASE("when the parent is killed its children leave by themselves", "[03][share_server]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running parent(executor,
                       stage_command("share_server_parent", {"--port", "0", "--children", "1"}));
        co_await parent.until("the children go on");
        const auto child = static_cast<pid_t>(parent.number_after("child "));
        parent.process().kill(SIGKILL);
        const exit_status status = co_await parent.process().wait();
        CHECK(status.signal() == SIGKILL);
        wait_for_end(child);
        CHECK(http_get(parent.port(), "/").empty());
    });
}

TEST_CASE("when one child dies the other answers; with the last one the parent gives up",
          "[03][share_server]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running parent(executor, stage_command("share_server_parent", {"--port", "0"}));
        co_await parent.until("the children go on");
        const auto first = static_cast<pid_t>(parent.number_after("child "));
        REQUIRE(::kill(first, SIGKILL) == 0);
        co_await parent.until("child " + std::to_string(first) + " ended: signal SIGKILL");
        shares answers;
        ask_at_once(parent.port(), 10, answers);
        CHECK(sum(answers) == 10);
        CHECK(answers.size() == 1);
        const std::string who = answers.begin()->first;
        const pid_t second = std::stoi(who.substr(who.find_last_of(' ') + 1));
        REQUIRE(::kill(second, SIGKILL) == 0);
        const exit_status status = co_await parent.end();
        CHECK(status.code() == 1);
    });
}

TEST_CASE("a port that is taken, a child that is missing and wrong flags are told",
          "[03][share_server]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const support::unique_fd taken = support::listen_tcp("127.0.0.1", 0);
        const std::string port = std::to_string(support::local_port(taken.get()));
        const std::vector<std::pair<command, int>> wrong = {
            {stage_command("share_server_parent", {"--port", port}), 1},
            {stage_command("share_connection", {"--port", port}), 1},
            {stage_command("share_server_parent", {"--port", "0", "--child", "/no/such"}), 1},
            {stage_command("share_server_child"), 1},
            {stage_command("share_server_child", {"--port", "0"}), 2},
            {stage_command("share_server_parent", {"--children", "0"}), 2},
            {stage_command("share_server_parent", {"--requests", "-1"}), 2},
            {stage_command("share_connection", {"--children", "none"}), 2},
            {stage_command("share_udp", {"--children", "0"}), 2},
            {stage_command("share_pipe", {"--nonsense"}), 2},
            {stage_command("share_server_parent", {"--help"}), 0},
            {stage_command("share_server_child", {"--help"}), 0},
            {stage_command("share_connection", {"--help"}), 0},
            {stage_command("share_udp", {"--help"}), 0},
            {stage_command("share_pipe", {"--help"}), 0},
        };
        for (const auto& [words, code] : wrong) {
            CAPTURE(words);
            running program(executor, words);
            const exit_status status = co_await program.end();
            CHECK(status.code() == code);
        }
    });
}

TEST_CASE("every pair of parents and children, ours and Node's, shares a server",
          "[03][share_server][node]") {
    if (!node_is_here()) return;
    const command our_child = stage_command("share_server_child");
    const command node_child = node_command("share_server_child.js");
    for (const command& child : {our_child, node_child}) {
        command ours = stage_command("share_server_parent", {"--port", "0", "--child"});
        command nodes = node_command("share_server_parent.js", {"--port", "0", "--child"});
        ours.insert(ours.end(), child.begin(), child.end());
        nodes.insert(nodes.end(), child.begin(), child.end());
        for (const command& words : {ours, nodes}) {
            CAPTURE(words);
            tests::run([&words]() -> asio::awaitable<void> {
                const auto executor = co_await asio::this_coro::executor;
                running parent(executor, words);
                co_await parent.until("closed its own copy");
                shares answers;
                ask_at_once(parent.port(), 40, answers);
                CHECK(sum(answers) == 40);
                CHECK(answers.count("handled by parent\n") == 0);
                parent.process().kill(SIGTERM);
                const exit_status status = co_await parent.end();
                CHECK(status.code() == 0);
                for (const auto& [who, count] : answers) {
                    const std::string pid = std::to_string(std::stoi(who.substr(24)));
                    CHECK(parent.number_after("by child " + pid + ": ") == count);
                }
            });
        }
    }
}
