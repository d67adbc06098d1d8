// Each way to hurt a Node worker, tried on ours by a primary that speaks as this test wants.
#include <fcntl.h>

#include "support/sockets.hpp"
#include "tests/06-cluster-lib/node_raw_primary.hpp"
#include "tests/catch.hpp"

using namespace tests;

namespace {

const std::string sent_ack = R"({"cmd":"NODE_HANDLE_ACK"})";

using raw_deed = std::function<void(raw_primary&)>;

/// What becomes of a worker that listens, after the deed.
void check_worker(const std::string& expected, const raw_deed& deed) {
    tests::run([&]() -> asio::awaitable<void> {
        raw_primary primary(co_await asio::this_coro::executor);
        co_await primary.let_it_listen();
        deed(primary);
        const std::string outcome = co_await primary.outcome();
        CHECK(outcome == expected);
    });
}

const std::string worker_goes_on = "serves, code 0";
const std::string worker_leaves = "code 0";

/// Tells it to leave: it ends the channel, and then itself.
asio::awaitable<void> check_leaves(raw_primary& primary) {
    primary.say(R"({"cmd":"NODE_CLUSTER","act":"disconnect","seq":2})");
    const json nothing = co_await primary.hear_until("act", "nothing like it");
    CHECK(nothing.is_null());
    const std::string end = co_await primary.end();
    CHECK(end == worker_leaves);
}

}  // namespace

TEST_CASE("our worker leaves in order when its primary sends no JSON", "[06][node]") {
    check_worker(worker_leaves, [](raw_primary& primary) { primary.say(""); });
    check_worker(worker_leaves, [](raw_primary& primary) { primary.say("{"); });
}

TEST_CASE("our worker goes on after answers that it did not wait for", "[06][node]") {
    check_worker(worker_goes_on, [](raw_primary& primary) {
        for (int n = 0; n < 20; ++n) {
            primary.say(sent_ack);
            primary.say(R"({"cmd":"NODE_HANDLE_NACK"})");
            primary.say(R"({"cmd":"NODE_CLUSTER","ack":)" + std::to_string(n) + R"(,"seq":1})");
        }
    });
}

TEST_CASE("our worker goes on after a descriptor that is no socket", "[06][node]") {
    const unique_fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    check_worker(worker_goes_on, [&](raw_primary& primary) {
        primary.say_with(enveloped("net.Native", offer(1)), file.get());
    });
}

TEST_CASE("our worker goes on after handles that no primary should send", "[06][node]") {
    const auto listening = support::listen_tcp("127.0.0.1", 0);
    SECTION("of an unknown type") {
        check_worker(worker_goes_on, [&](raw_primary& primary) {
            primary.say_with(enveloped("net.Unheard", offer(1)), listening.get());
        });
    }
    SECTION("a connection that is not bare") {
        check_worker(worker_goes_on, [&](raw_primary& primary) {
            primary.say_with(enveloped("net.Socket", offer(1)), listening.get());
        });
    }
    SECTION("a connection for a server that it does not have") {
        check_worker(worker_goes_on, [&](raw_primary& primary) {
            json other = offer(1);
            other["key"] = "another";
            primary.say_with(enveloped("net.Native", other), listening.get());
        });
    }
}

TEST_CASE("our worker listens whatever data its primary's answer has", "[06][node]") {
    for (const json& data : {json(nullptr), json(17), json{{"ticketKeys", "none"}}}) {
        INFO(data);
        tests::run([&]() -> asio::awaitable<void> {
            raw_primary primary(co_await asio::this_coro::executor);
            co_await primary.let_it_listen(data);
            const std::string outcome = co_await primary.outcome();
            CHECK(outcome == worker_goes_on);
        });
    }
}

TEST_CASE("our worker refuses a handle that was announced and never sent, and goes on",
          "[06][node]") {
    tests::run([]() -> asio::awaitable<void> {
        raw_primary primary(co_await asio::this_coro::executor);
        co_await primary.let_it_listen();
        primary.say(enveloped("net.Native", offer(1)));
        const json refused = co_await primary.hear_until("cmd", "NODE_HANDLE_NACK");
        CHECK(refused.is_object());
        const std::string outcome = co_await primary.outcome();
        CHECK(outcome == worker_goes_on);
    });
}

TEST_CASE("our worker answers and leaves in order after several descriptors in one message",
          "[06][node]") {
    tests::run([]() -> asio::awaitable<void> {
        raw_primary primary(co_await asio::this_coro::executor);
        co_await primary.let_it_listen();
        const auto listening = support::listen_tcp("127.0.0.1", 0);
        // What was too much is taken for what belongs to the next message, as in Node.
        primary.say_with(enveloped("net.Native", offer(1)), listening.get(), 8);
        primary.say_with(enveloped("net.Native", offer(2)), listening.get());
        const json answer = co_await primary.hear_until("ack", 2);
        CHECK(answer.is_object());
        co_await check_leaves(primary);
    });
}

TEST_CASE("our worker that is told twice to leave, leaves", "[06][node]") {
    tests::run([]() -> asio::awaitable<void> {
        raw_primary primary(co_await asio::this_coro::executor);
        co_await primary.let_it_listen();
        primary.say(R"({"cmd":"NODE_CLUSTER","act":"disconnect","seq":1})");
        co_await check_leaves(primary);
    });
}

TEST_CASE("our worker that is told to leave instead of an answer, leaves", "[06][node]") {
    tests::run([]() -> asio::awaitable<void> {
        raw_primary primary(co_await asio::this_coro::executor);
        const json asked = co_await primary.hear_until("act", "queryServer");
        REQUIRE(asked.is_object());
        co_await check_leaves(primary);
    });
}
