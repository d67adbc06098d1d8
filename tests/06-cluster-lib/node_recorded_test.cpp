// What our side of a channel says to a Node process, read from the wire.

#include "01-spawn-exec/exec.hpp"
#include "tests/06-cluster-lib/node_family.hpp"
#include "tests/load.hpp"
#include "tests/text.hpp"

using namespace tests;

namespace {

/// What records_channel is told in its environment.
child_process::environment recording(const std::string& ours, const std::string& program,
                                     const temporary_folder& into) {
    return {
        {"RECORD_OURS", ours}, {"RECORD_PROGRAM", program}, {"RECORD_INTO", into.path().string()}};
}

/// All that was recorded.
std::string recorded(const temporary_folder& into) {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(into.path())) {
        all += content_of(entry.path());
    }
    return all;
}

void check_recorded(const std::string& all, const std::vector<std::string>& expected) {
    INFO(all);
    CHECK(all.find("broken") == all.npos);
    for (const std::string& each : expected) {
        INFO(each);
        CHECK(all.find(each) != all.npos);
    }
}

asio::awaitable<void> crowd_asks(std::uint16_t port, const std::string& target, int each) {
    load crowd(co_await asio::this_coro::executor, port, target);
    crowd.start(6, static_cast<std::uint64_t>(each));
    co_await crowd.until_done();
    CHECK(crowd.account().answered == crowd.account().asked());
}

/// run_cluster over a recorder over `node ARGUMENTS`.
node_family::words over_recorded_node(const std::string& policy, node_family::words arguments) {
    node_family::words words{"--workers", "2", "--policy", policy,
                             "--port",    "0", "--",       program("records_channel")};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
}

}  // namespace

TEST_CASE("our primary says nothing to Node workers that hurts them, be they full or not",
          "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string policy : {"round-robin", "least-connections", "shared"}) {
        INFO(policy);
        const temporary_folder into;
        tests::run([&]() -> asio::awaitable<void> {
            const node_family::words app{source_file("tests/05-round-robin/node/worker.js")};
            auto env = recording("primary", "node", into);
            // A Node worker that accepts by itself resets whom it has no room for.
            if (policy != "shared") env["MOST"] = "1";
            node_family cluster(co_await asio::this_coro::executor, run_cluster_program(),
                                over_recorded_node(policy, app), env);
            co_await cluster.until_listening(2);
            co_await crowd_asks(cluster.port(), "/?ms=20", 10);
            const auto status = co_await cluster.stop();
            CHECK(status.code() == 0);
            CHECK(cluster.count(" ended: code 0, as it should") == 2);
        });
        if (policy == "shared") {
            check_recorded(recorded(into), {"ours disconnect: 1\n", "ours reply: 1\n"});
        } else {
            check_recorded(recorded(into), {"ours disconnect: 1\n", "ours newconn: ",
                                            "theirs accepted: ", "theirs refused: "});
        }
    }
}

TEST_CASE("our primary says nothing to Node's TLS, UDP and failing servers that hurts them",
          "[06][node]") {
    if (!node_is_here()) return;
    const temporary_folder into;
    const temporary_folder files;
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::string app = source_file("tests/06-cluster-lib/node/plain_app.js");
        const std::string certificate = files.file("both.pem");
        const node_family::words request{"req",
                                         "-x509",
                                         "-newkey",
                                         "ec",
                                         "-pkeyopt",
                                         "ec_paramgen_curve:prime256v1",
                                         "-nodes",
                                         "-subj",
                                         "/CN=x",
                                         "-keyout",
                                         certificate,
                                         "-out",
                                         certificate + ".crt"};
        const auto made = co_await child_process::exec_file("openssl", request);
        REQUIRE(made.success());
        const std::string tls = source_file("tests/06-cluster-lib/node/https_app.js");
        const std::vector<node_family::words> apps{{tls, certificate, certificate + ".crt"},
                                                   {app, "udp"},
                                                   {app, "unix", files.file("app.sock")}};
        for (const node_family::words& each : apps) {
            node_family cluster(executor, run_cluster_program(),
                                over_recorded_node("round-robin", each),
                                recording("primary", "node", into));
            co_await cluster.until_listening(2);
            const auto status = co_await cluster.stop();
            CHECK(status.code() == 0);
        }
        const node_family::words failing{app, "unix", "/nowhere/at/all.sock"};
        node_family cluster(executor, run_cluster_program(),
                            over_recorded_node("round-robin", failing),
                            recording("primary", "node", into));
        co_await cluster.until("app ", 2);  // its 'error' event
        co_await cluster.stop();
    });
    check_recorded(recorded(into), {"ours disconnect: 1\n", "theirs queryServer: 1\n"});
}

TEST_CASE("our workers say nothing to a Node primary that hurts it, be they full or not",
          "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string policy : {"rr", "none"}) {
        INFO(policy);
        const temporary_folder into;
        tests::run([&]() -> asio::awaitable<void> {
            const node_family::words words{source_file("tests/05-round-robin/node/primary.js"),
                                           policy, "2", program("records_channel"), "no-script"};
            node_family cluster(co_await asio::this_coro::executor, "node", words,
                                recording("worker", program("serves_few"), into));
            co_await cluster.until_listening(2);
            co_await crowd_asks(cluster.port(), "/", 2);
            const auto status = co_await cluster.stop(SIGINT);
            CHECK(status.code() == 0);
            CHECK(cluster.count(" ended: code 0, as it should") == 2);
        });
        if (policy == "rr") {
            check_recorded(recorded(into), {"ours accepted: ", "ours refused: ", "ours close: 1\n",
                                            "theirs disconnect: 1\n"});
        } else {
            check_recorded(recorded(into), {"ours listening: 1\n", "ours close: 1\n"});
        }
    }
}

TEST_CASE("our worker that leaves by itself says nothing to a Node primary that hurts it",
          "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string scenario : {"leaves", "kills_itself", "crashes", "fails_to_listen"}) {
        INFO(scenario);
        const temporary_folder into;
        tests::run([&]() -> asio::awaitable<void> {
            const node_family::words words{source_file("tests/06-cluster-lib/node/scenarios.js"),
                                           scenario, program("records_channel")};
            child_process::exec_options options;
            options.env = child_process::current_environment();
            for (auto& [name, value] : recording("worker", program("scenarios"), into)) {
                options.env->insert_or_assign(name, value);
            }
            const auto told = co_await child_process::exec_file("node", words, options);
            CHECK(told.success());
        });
        check_recorded(recorded(into), {"ours online: 1\n"});
    }
}
