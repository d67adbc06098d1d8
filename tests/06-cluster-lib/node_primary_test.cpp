// A real Node primary over Node workers and ours, side by side on one port.
#include <sys/socket.h>

#include "tests/06-cluster-lib/node_family.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

constexpr int node_mixed_workers = 4;

node_family::words mixed(const std::string& policy) {
    return {source_file("06-cluster-lib/node/mixed_primary.js"),
            "--policy",
            policy,
            "--node",
            "2",
            "--cpp",
            "2",
            "--port",
            "0",
            "--",
            stage_program("06-cluster-lib", "http_app")};
}

asio::awaitable<load_account> ask_mixed(std::uint16_t port, int clients, int each) {
    load crowd(co_await asio::this_coro::executor, port);
    crowd.start(clients, static_cast<std::uint64_t>(each));
    co_await crowd.until_done();
    co_return crowd.account();
}

std::string pid_line(pid_t pid) {
    return std::to_string(pid) + "\n";
}

/// With all others stopped, who is left answers everything.
asio::awaitable<void> check_alone(const std::map<int, pid_t>& workers, int id, std::uint16_t port) {
    for (const auto& [other, pid] : workers) {
        if (other != id) ::kill(pid, SIGSTOP);
    }
    const load_account account = co_await ask_mixed(port, 1, 10);
    for (const auto& [other, pid] : workers) ::kill(pid, SIGCONT);
    CHECK(account.answered == 10);
    CHECK(account.bodies.size() == 1);
    CHECK(account.bodies.count(pid_line(workers.at(id))) == 1);
}

/// Asks by HTTP, and reads until `text` has come, or nothing more.
std::string words_of(std::uint16_t port, const std::string& text) {
    const support::unique_fd client(connect_to(port));
    const timeval limit{patience.count(), 0};
    ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const std::string request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    REQUIRE(::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL) > 0);
    std::string said;
    std::string bytes(4096, '\0');
    while (said.find(text) == said.npos) {
        const auto count = ::recv(client.get(), bytes.data(), bytes.size(), 0);
        if (count <= 0) break;
        said.append(bytes, 0, static_cast<std::size_t>(count));
    }
    return said;
}

}  // namespace

TEST_CASE("under a Node primary in turn, Node workers and ours serve side by side", "[06][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        node_family cluster(executor, "node", mixed("rr"));
        co_await cluster.until_listening(node_mixed_workers);
        const load_account calm = co_await ask_mixed(cluster.port(), 1, 200);
        CHECK(calm.answered == 200);
        for (const auto& [id, pid] : cluster.workers()) {
            const auto found = calm.bodies.find(pid_line(pid));
            REQUIRE(found != calm.bodies.end());
            CHECK(found->second >= 25);  // 50 unless somebody was slow to say that it is free
        }
        const load_account crowd = co_await ask_mixed(cluster.port(), 20, 20);
        CHECK(crowd.answered == 400);
        const auto status = co_await cluster.stop(SIGINT);
        CHECK(status.code() == 0);
        CHECK(cluster.count(" ended: code 0 signal null") == node_mixed_workers);
    });
}

TEST_CASE("under a Node primary that shares its socket, Node workers and ours accept side by side",
          "[06][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        node_family cluster(executor, "node", mixed("none"));
        co_await cluster.until_listening(node_mixed_workers);
        const load_account crowd = co_await ask_mixed(cluster.port(), 20, 20);
        CHECK(crowd.answered == 400);
        // Nobody promises more than that, but each can.
        const auto workers = cluster.workers();
        for (const auto& [id, pid] : workers) co_await check_alone(workers, id, cluster.port());
        const auto status = co_await cluster.stop(SIGTERM);
        CHECK(status.code() == 0);
        CHECK(cluster.count(" ended: code 0 signal null") == node_mixed_workers);
    });
}

TEST_CASE("a worker of ours that leaves by itself leaves a Node primary and the others at work",
          "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string policy : {"rr", "none"}) {
        INFO(policy);
        tests::run([policy]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            node_family cluster(executor, "node", mixed(policy));
            co_await cluster.until_listening(node_mixed_workers);
            // Ours takes SIGTERM for a wish: it finishes and exits with 0. Ids go by order of fork.
            for (int ours = 3; ours <= 4; ++ours) {
                load crowd(executor, cluster.port());
                crowd.start(4);
                co_await crowd.until_answered(50);
                ::kill(cluster.workers().at(ours), SIGTERM);
                co_await cluster.until(" ended: code 0 signal null", ours - 2);
                load others(executor, cluster.port());
                others.start(4, 20);
                co_await others.until_done();
                co_await crowd.finish();
                CHECK(others.account().answered == 80);
                CHECK(crowd.account().answered == crowd.account().asked());
            }
            const auto status = co_await cluster.stop(SIGINT);
            CHECK(status.code() == 0);
            CHECK(cluster.count(" ended: code 0 signal null") == node_mixed_workers);
        });
    }
}

TEST_CASE("our workers end when their Node primary is killed, idle and in the middle of requests",
          "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string policy : {"rr", "none"}) {
        for (const bool busy : {false, true}) {
            INFO(policy << (busy ? ", busy" : ", idle"));
            tests::run([policy, busy]() -> asio::awaitable<void> {
                const auto executor = co_await asio::this_coro::executor;
                node_family cluster(executor, "node", mixed(policy));
                co_await cluster.until_listening(node_mixed_workers);
                std::vector<watched_end> ends;
                for (const auto& [id, pid] : cluster.workers()) ends.emplace_back(pid);
                load crowd(executor, cluster.port());
                if (busy) {
                    crowd.start(4);
                    co_await crowd.until_answered(50);
                }
                co_await cluster.stop(SIGKILL);
                co_await crowd.finish();
                for (const watched_end& each : ends) CHECK(each.comes());
            });
        }
    }
}

TEST_CASE("a Node primary runs our cluster program and our TCP app, too", "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string name : {"http_cluster", "tcp_app"}) {
        INFO(name);
        tests::run([name]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            node_family cluster(executor, "node",
                                {source_file("tests/05-round-robin/node/primary.js"), "rr", "2",
                                 stage_program("06-cluster-lib", name), "--port", "0"});
            co_await cluster.until_listening(2);
            const std::string said = words_of(cluster.port(), "hello from ");
            CHECK(said.find("hello from ") != said.npos);
            const auto status = co_await cluster.stop(SIGINT);
            CHECK(status.code() == 0);
            CHECK(cluster.count(" ended: code 0, as it should") == 2);
        });
    }
}
