// Workers that break the rules: the primary lives, and they are replaced.
#include "02-fork-ipc/fork.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/load.hpp"

using namespace tests;

namespace {

// A primary whose first worker breaks the rules in this way, until a decent one listens.
void replaced(const std::string& how, const std::string& first_end,
              const std::function<void(const primary_program&)>& look = {}) {
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(
            executor,
            {"--workers", "1", "--program", program("misbehaves"), "--drain-limit", "100", "--",
             how, stage_program("04-auto-restart", "restart_worker"), "--port", "0"});
        co_await primary.until_listening(1);
        CHECK(primary.listened().at(0) == 2);
        CAPTURE(primary.exit_of(1));
        CHECK(primary.exit_of(1).starts_with(first_end));
        const std::string answer = co_await ask_once(primary.port(), "/");
        CHECK(answer.starts_with("HTTP/1.1 200"));
        if (look) look(primary);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
    });
}

}  // namespace

TEST_CASE("a worker that says what is no JSON is killed and replaced", "[04][supervisor]") {
    replaced("--garbage", "signal SIGKILL, because: ");
}

TEST_CASE("a worker that ends within a message is replaced", "[04][supervisor]") {
    replaced("--half", "code 0, because: ");
}

TEST_CASE("a worker whose message has no end is killed and replaced", "[04][supervisor]") {
    // Its channel is closed before it is killed: who still writes then may die of that, by SIGPIPE.
    replaced("--endless", "signal SIG", [](const primary_program& primary) {
        CHECK(primary.exit_of(1).find(", because: more than 67108864 bytes") < 16);
    });
}

TEST_CASE("a worker that closes its channel is ended and replaced", "[04][supervisor]") {
    replaced("--closes", "signal SIGTERM, before it was ready");
}

TEST_CASE("questions in the wrong types are answered with what is wrong", "[04][supervisor]") {
    replaced("--wrong-types", "code 0, before it was ready", [](const primary_program& primary) {
        CHECK(primary.count("answer {") == 5);
        CHECK(primary.count("\"errno\":-22") == 5);
        CHECK(primary.count("\"ack\":7") == 5);
    });
}

TEST_CASE("a primary whose workers cannot be started says why, and ends with code 70",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "2", "--program", "/nowhere/worker"});
        const auto status = co_await primary.end();
        CHECK(status.code() == 70);
        CHECK(primary.count("no worker comes up: ") == 1);
        CHECK(primary.count("/nowhere/worker") == 1);
        CHECK(primary.count("No such file or directory") == 1);
    });
}

TEST_CASE("a primary whose workers end at once says how, and ends with code 70",
          "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        primary_program primary(executor, {"--workers", "2", "--program", "sh", "--", "-c",
                                           "echo these are my last words >&2; exit 9"});
        const auto status = co_await primary.end();
        CHECK(status.code() == 70);
        // Each slot had three attempts, one perhaps more before the other had its third.
        CHECK(primary.started().size() >= 6);
        CHECK(primary.count("no worker comes up: worker ") == 1);
        CHECK(primary.exit_of(1).starts_with("code 9, before it was ready; it said at last:"));
        CHECK(primary.count("these are my last words") >= 7);
        CHECK(primary.errors().find("these are my last words") != std::string::npos);
    });
}

TEST_CASE("a worker whose number is no number refuses to start", "[04][supervisor]") {
    const std::string id = GENERATE("", "0", "-1", "1x", "99999999999");
    tests::run([&]() -> asio::awaitable<void> {
        using namespace child_process;
        spawn_options options;
        options.descriptors = {stdio::ignore(), stdio::ignore(), stdio::pipe()};
        options.env = current_environment();
        (*options.env)["NODE_UNIQUE_ID"] = id;
        const std::string worker = stage_program("04-auto-restart", "restart_worker");
        const auto executor = co_await asio::this_coro::executor;
        forked started = child_process::fork(executor, worker, {}, options);
        const std::string said = co_await read_all(started.process.err());
        CHECK(said == "error: NODE_UNIQUE_ID=" + id + ": not a worker's number\n");
        const exit_status status = co_await started.process.wait();
        CHECK(status.code() == 1);
    });
}
