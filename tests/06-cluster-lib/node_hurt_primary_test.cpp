// Each way to hurt a Node primary, tried on ours.
#include "tests/06-cluster-lib/node_family.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

node_family::words over_hurting(const std::string& how) {
    return {"--workers", "2",
            "--port",    "0",
            "--",        program("hurts_its_primary"),
            how,         stage_program("06-cluster-lib", "http_app"),
            "--port",    "0"};
}

/// @param ends  whether the primary has no further use for the worker
void check_primary_lives(const std::string& how, bool ends) {
    INFO(how);
    tests::run([how, ends]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        node_family cluster(executor, run_cluster_program(), over_hurting(how));
        co_await cluster.until_listening(1);  // the other one
        co_await cluster.until("ready\n");
        load crowd(executor, cluster.port());
        crowd.start(4);
        ::kill(cluster.workers().at(1), SIGUSR1);
        if (ends) {
            co_await cluster.until("worker 1 (", 1);
        } else {
            co_await cluster.until("hurt\n");
            // It may have some of our clients by now. They go to others when it is gone.
            co_await crowd.until_answered(crowd.account().answered + 50);
            CHECK(cluster.count("worker 1 (") == 0);
            ::kill(cluster.workers().at(1), SIGKILL);
            co_await cluster.until("worker 1 (", 1);
        }
        co_await cluster.until_listening(2);
        co_await crowd.until_answered(crowd.account().answered + 50);
        co_await crowd.finish();
        CHECK(crowd.account().answered == crowd.account().asked());
        const auto status = co_await cluster.stop();
        CHECK(status.code() == 0);
    });
}

}  // namespace

TEST_CASE("a worker that sends no JSON is ended, and no client of our primary notices",
          "[06][node]") {
    for (const std::string how : {"blank line", "malformed line"}) check_primary_lives(how, true);
}

TEST_CASE("answers that our primary waits for from nobody change nothing", "[06][node]") {
    check_primary_lives("answers to nothing", false);
}

TEST_CASE("descriptors that no worker should send do not hurt our primary", "[06][node]") {
    for (const std::string how : {"a file", "unknown type", "many descriptors", "no descriptor",
                                  "a connection for its primary"}) {
        check_primary_lives(how, false);
    }
}

TEST_CASE("connections that a worker never took, or never answered for, are served by others",
          "[06][node]") {
    for (const std::string how : {"nothing at all", "early ack", "no answer"}) {
        check_primary_lives(how, false);
    }
}
