// The stage's programs as they are written in Node.
#include "01-spawn-exec/exec.hpp"
#include "tests/06-cluster-lib/node_family.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

std::string node_twin(const std::string& name) {
    return source_file("06-cluster-lib/node/" + name);
}

asio::awaitable<load_account> ask_twins(std::uint16_t port) {
    load client(co_await asio::this_coro::executor, port);
    client.start(1, 20);
    co_await client.until_done();
    co_return client.account();
}

}  // namespace

TEST_CASE("the article's cluster in Node serves with all its workers", "[06][node]") {
    if (!node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const node_family::words words{node_twin("http_cluster.js"), "0"};
        node_family cluster(co_await asio::this_coro::executor, "node", words);
        const node_family::words how_many{"-p", "os.availableParallelism()"};
        const auto cpus = co_await child_process::exec_file("node", how_many);
        co_await cluster.until_listening(std::stoi(cpus.out));
        const load_account account = co_await ask_twins(cluster.port());
        CHECK(account.answered == 20);
        // The workers of a Node primary that was killed end a moment after it.
        std::vector<watched_end> ends;
        for (const auto& [body, count] : account.bodies) {
            CHECK(body.starts_with("hello from worker "));
            ends.emplace_back(std::stoi(body.substr(body.find("pid ") + 4)));
        }
        const auto status = co_await cluster.stop();
        CHECK(status.signal() == SIGTERM);
        for (const watched_end& each : ends) CHECK(each.comes());
    });
}

TEST_CASE("the article's separate Node apps share a port under run_cluster", "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string app : {"http_app.js", "tcp_app.js"}) {
        INFO(app);
        tests::run([app]() -> asio::awaitable<void> {
            const node_family::words words{"--workers",    "2",      "--port", "0", "--", "node",
                                           node_twin(app), "--port", "0"};
            node_family cluster(co_await asio::this_coro::executor, run_cluster_program(), words);
            co_await cluster.until_listening(2);
            const load_account account = co_await ask_twins(cluster.port());
            if (app == "http_app.js") CHECK(account.bodies.size() == 2);
            CHECK(account.refused == 0);
            const auto status = co_await cluster.stop();
            CHECK(status.code() == 0);
            CHECK(cluster.count(" ended: code 0, as it should") == 2);
        });
    }
}
