// The programs that pass connections, a UDP socket and a pipe, and their twins in Node.
#include <csignal>

#include "tests/03-handle-passing/running.hpp"

using namespace child_process;
using namespace tests;

namespace {

command with(command words, const command& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

}  // namespace

TEST_CASE("connections are passed in turn, and each is answered", "[03][share_connection]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running parent(executor, stage_command("share_connection", {"--port", "0"}));
        co_await parent.until("listening on");
        for (int n = 0; n < 20; ++n) {
            CHECK(http_get(parent.port(), "/index").find("handled by child") != std::string::npos);
        }
        parent.process().kill(SIGINT);
        const exit_status status = co_await parent.end();
        CHECK(status.code() == 0);
        CHECK(parent.number_after("served ") == 20);
        CHECK(parent.count(": 10 ") == 2);
    });
}

TEST_CASE("the server is closed when the last of its connections has ended, wherever that is",
          "[03][share_connection]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running parent(executor,
                       stage_command("share_connection", {"--port", "0", "--children", "1"}));
        co_await parent.until("listening on");
        support::unique_fd open(connect_to(parent.port()));
        const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        REQUIRE(::send(open.get(), request.data(), request.size(), 0) ==
                static_cast<ssize_t>(request.size()));
        std::array<char, 512> answer{};
        REQUIRE(::recv(open.get(), answer.data(), answer.size(), 0) > 0);
        parent.process().kill(SIGTERM);
        co_await parent.until("holds 1");
        CHECK(parent.count("every connection has ended") == 0);
        open.reset();
        const exit_status status = co_await parent.end();
        CHECK(status.code() == 0);
        CHECK(parent.count("every connection has ended") == 1);
    });
}

TEST_CASE("when a child dies its connections end and the next go to the other",
          "[03][share_connection]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running parent(executor, stage_command("share_connection", {"--port", "0"}));
        co_await parent.until("listening on");
        const std::string first = http_get(parent.port(), "/");
        const pid_t pid = std::stoi(first.substr(first.find("pid is ") + 7));
        REQUIRE(::kill(pid, SIGKILL) == 0);
        co_await parent.until("ended: signal SIGKILL");
        for (int n = 0; n < 10; ++n) {
            CHECK(http_get(parent.port(), "/").find("handled by child") != std::string::npos);
        }
        parent.process().kill(SIGTERM);
        const exit_status status = co_await parent.end();
        CHECK(status.code() == 0);
    });
}

TEST_CASE("every pair of parents and children, ours and Node's, shares connections",
          "[03][share_connection][node]") {
    if (!node_is_here()) return;
    for (const command& child :
         {stage_command("share_server_child"), node_command("share_server_child.js")}) {
        for (const command& words :
             {with(stage_command("share_connection", {"--port", "0", "--child"}), child),
              with(node_command("share_connection.js", {"--port", "0", "--child"}), child)}) {
            CAPTURE(words);
            tests::run([&words]() -> asio::awaitable<void> {
                const auto executor = co_await asio::this_coro::executor;
                running parent(executor, words);
                co_await parent.until("listening on");
                for (int n = 0; n < 20; ++n) {
                    CHECK(http_get(parent.port(), "/").find("handled by child") !=
                          std::string::npos);
                }
                parent.process().kill(SIGTERM);
                const exit_status status = co_await parent.end();
                CHECK(status.code() == 0);
                CHECK(parent.count("every connection has ended") == 1);
                CHECK(parent.count(": 10") == 2);
            });
        }
    }
}

TEST_CASE("a UDP socket is answered by the children, ours and Node's, of either parent",
          "[03][share_udp][node]") {
    std::vector<command> all = {stage_command("share_udp", {"--port", "0"})};
    if (node_is_here()) {
        const command ours = stage_command("share_udp");
        const command nodes = node_command("share_udp.js", {"--port", "0"});
        all.push_back(with(stage_command("share_udp", {"--port", "0", "--child"}),
                           node_command("share_udp.js")));
        all.push_back(with(node_command("share_udp.js", {"--port", "0", "--child"}), ours));
        all.push_back(nodes);
    }
    for (const command& words : all) {
        CAPTURE(words);
        tests::run([&words]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            running parent(executor, words);
            const exit_status status = co_await parent.end();
            CHECK(status.code() == 0);
            CHECK(parent.count("closed its own copy") == 1);
            CHECK(parent.count("was answered: handled by child, pid is ") >= 1);
        });
    }
}

TEST_CASE("a pipe is talked on by the child, ours or Node's, of either parent",
          "[03][share_pipe][node]") {
    std::vector<command> all = {stage_command("share_pipe")};
    if (node_is_here()) {
        const command nodes = node_command("share_pipe.js");
        all.push_back(with(stage_command("share_pipe", {"--child"}), nodes));
        all.push_back(
            with(node_command("share_pipe.js", {"--child"}), stage_command("share_pipe")));
        all.push_back(nodes);
    }
    for (const command& words : all) {
        CAPTURE(words);
        tests::run([&words]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            running parent(executor, words);
            const exit_status status = co_await parent.end();
            CHECK(status.code() == 0);
            CHECK(parent.count("heard: line 1") == 1);
            CHECK(parent.count("child ended: code 0") == 1);
        });
    }
}

TEST_CASE("the UDP demonstration that waits for Ctrl-C ends with it", "[03][share_udp]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        running parent(executor, stage_command("share_udp", {"--port", "0", "--datagrams", "0"}));
        co_await parent.until("the children go on");
        parent.signal_group(SIGINT);
        const exit_status status = co_await parent.end();
        CHECK(status.code() == 0);
    });
}
