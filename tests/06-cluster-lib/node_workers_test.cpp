// Ordinary Node programs as the workers of run_cluster.
#include <sys/socket.h>
#include <sys/un.h>

#include <array>

#include "01-spawn-exec/exec.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "tests/06-cluster-lib/node_family.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

const std::array<std::string, 5> node_policies{"round-robin", "least-connections", "address-hash",
                                               "shared", "reuseport"};

/// What stands to read, within `patience`.
std::string node_read(int fd) {
    const timeval limit{patience.count(), 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::array<char, 4096> bytes{};
    const auto count = ::recv(fd, bytes.data(), bytes.size(), 0);
    return {bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

std::string node_said_on(const std::string& path) {
    const support::unique_fd client(
        support::check("socket", ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    support::check("connect", ::connect(client.get(), generic, sizeof address));
    return node_read(client.get());
}

std::string node_said_to_datagram(std::uint16_t port) {
    const support::unique_fd client(
        support::check("socket", ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    support::check("connect", ::connect(client.get(), generic, sizeof address));
    support::check("send", ::send(client.get(), "hello", 5, 0));
    return node_read(client.get());
}

bool node_is_worker(const node_family& cluster, const std::string& said) {
    for (const auto& [id, pid] : cluster.workers()) {
        if (said == std::to_string(pid) + "\n") return true;
    }
    return false;
}

asio::awaitable<void> node_end(node_family& cluster) {
    const auto status = co_await cluster.stop();
    CHECK(status.code() == 0);
    CHECK(cluster.count(" ended: code 0, as it should") == 2);
}

/// run_cluster over plain_app.js, under each policy.
void with_plain_app(const std::string& kind,
                    const std::function<asio::awaitable<void>(node_family&)>& body) {
    if (!node_is_here()) return;
    for (const std::string& policy : node_policies) {
        INFO(policy);
        tests::run([&]() -> asio::awaitable<void> {
            const node_family::words more{kind};
            node_family cluster(co_await asio::this_coro::executor, run_cluster_program(),
                                over_node_app("plain_app.js", policy, more));
            co_await cluster.until_listening(2);
            co_await body(cluster);
            co_await node_end(cluster);
        });
    }
}

}  // namespace

TEST_CASE("an HTTP server of Node serves under each of our policies", "[06][node]") {
    with_plain_app("http", [](node_family& cluster) -> asio::awaitable<void> {
        load crowd(co_await asio::this_coro::executor, cluster.port());
        crowd.start(4, 25);
        co_await crowd.until_done();
        CHECK(crowd.account().answered == 100);
        for (const auto& [body, count] : crowd.account().bodies) {
            CHECK(node_is_worker(cluster, body));
        }
        const bool in_turn = cluster.count("round-robin") > 0;
        if (in_turn) CHECK(crowd.account().bodies.size() == 2);
    });
}

TEST_CASE("a TCP server of Node on every address serves under each of our policies", "[06][node]") {
    with_plain_app("net", [](node_family& cluster) -> asio::awaitable<void> {
        for (int n = 0; n < 10; ++n) {
            const support::unique_fd client(connect_to(cluster.port()));
            CHECK(node_is_worker(cluster, node_read(client.get())));
        }
        co_return;
    });
}

TEST_CASE("datagrams reach Node under each of our policies", "[06][node]") {
    with_plain_app("udp", [](node_family& cluster) -> asio::awaitable<void> {
        for (int n = 0; n < 10; ++n) {
            CHECK(node_is_worker(cluster, node_said_to_datagram(cluster.port())));
        }
        co_return;
    });
}

TEST_CASE("a unix socket's server of Node serves under each policy that can have one",
          "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string& policy : node_policies) {
        INFO(policy);
        tests::run([&]() -> asio::awaitable<void> {
            const temporary_folder folder;
            const std::string path = folder.file("app.sock");
            const node_family::words more{"unix", path};
            node_family cluster(co_await asio::this_coro::executor, run_cluster_program(),
                                over_node_app("plain_app.js", policy, more));
            co_await cluster.until_listening(2);
            for (int n = 0; n < 10; ++n) CHECK(node_is_worker(cluster, node_said_on(path)));
            co_await node_end(cluster);
        });
    }
}

TEST_CASE("TLS sessions are resumed across Node workers of ours", "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string& policy : node_policies) {
        INFO(policy);
        tests::run([&]() -> asio::awaitable<void> {
            const temporary_folder folder;
            const std::string key = folder.file("key.pem");
            const std::string certificate = folder.file("certificate.pem");
            const node_family::words request{
                "req",    "-x509",         "-newkey",
                "ec",     "-pkeyopt",      "ec_paramgen_curve:prime256v1",
                "-nodes", "-days",         "1",
                "-subj",  "/CN=localhost", "-keyout",
                key,      "-out",          certificate};
            const auto made = co_await child_process::exec_file("openssl", request);
            INFO(made.err);
            REQUIRE(made.success());
            const node_family::words more{key, certificate};
            node_family cluster(co_await asio::this_coro::executor, run_cluster_program(),
                                over_node_app("https_app.js", policy, more));
            co_await cluster.until_listening(2);
            const node_family::words client{source_file("tests/06-cluster-lib/node/resumes.js"),
                                            std::to_string(cluster.port()), "20"};
            const auto resumes = co_await child_process::exec_file("node", client);
            INFO(resumes.err);
            CHECK(resumes.out.starts_with("resumed 19 of 20 by "));
            if (policy == "round-robin") CHECK(resumes.out.ends_with(" 2 workers\n"));
            co_await node_end(cluster);
        });
    }
}

TEST_CASE("Node learns in its 'error' event that its address is in use", "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string& policy : node_policies) {
        for (const std::string kind : {"http", "udp"}) {
            INFO(policy << " " << kind);
            tests::run([&]() -> asio::awaitable<void> {
                const auto taken = kind == "udp" ? support::bind_udp("127.0.0.1", 0)
                                                 : support::listen_tcp("127.0.0.1", 0);
                const node_family::words more{kind};
                auto words = over_node_app("plain_app.js", policy, more);
                words.at(5) = std::to_string(support::local_port(taken.get()));
                node_family cluster(co_await asio::this_coro::executor, run_cluster_program(),
                                    words);
                co_await cluster.until(": EADDRINUSE bind", 2);
                CHECK(cluster.count(" listens on ") == 0);
                co_await cluster.stop(SIGQUIT);
            });
        }
    }
}
