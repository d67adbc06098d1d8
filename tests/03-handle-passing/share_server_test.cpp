// The article's programs: a parent's port, answered by its children.
#include "tests/03-handle-passing/asking.hpp"

using namespace child_process;
using namespace tests;

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
