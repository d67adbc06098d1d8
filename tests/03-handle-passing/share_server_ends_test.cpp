// How the family of share_server_parent ends.
#include <poll.h>
#include <sys/syscall.h>

#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "tests/03-handle-passing/asking.hpp"

using namespace child_process;
using namespace tests;

namespace {

void wait_for_end(pid_t pid) {
    const support::unique_fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) return;  // ended and reaped
    pollfd ended{pidfd.get(), POLLIN, 0};
    CHECK(support::retry([&] { return ::poll(&ended, 1, 10'000); }) == 1);
}

}  // namespace

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
            CHECK(parent.count("rules") == 0);
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
