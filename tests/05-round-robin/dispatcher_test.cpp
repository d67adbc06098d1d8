// The dispatcher towards workers that ask, answer and end in every order.
#include <sys/socket.h>

#include "support/timeout.hpp"
#include "tests/05-round-robin/puppets.hpp"

using namespace tests;

namespace {

constexpr int first = 1;
constexpr int second = 2;

std::uint16_t port_in(const json& answer) {
    return answer["sockname"]["port"];
}

json answer_to(int number, bool accepted) {
    return {
        {"cmd", "NODE_CLUSTER"}, {"ack", number}, {"seq", 100 + number}, {"accepted", accepted}};
}

/// The first worker has the socket, a client has come, and was offered to it.
struct offered_client {
    json granted;
    support::unique_fd client;
    int offer = 0;
};
asio::awaitable<offered_client> offer_to_first(puppets& cluster) {
    offered_client result;
    result.granted = co_await cluster.answer(first, 1, false);
    result.client = support::unique_fd(connect_to(port_in(result.granted)));
    result.offer = co_await cluster.passed(first, "newconn");
    co_return result;
}

// Completes when nobody holds the server's side any more.
asio::awaitable<void> until_closed(int client) {
    asio::posix::stream_descriptor watched(co_await asio::this_coro::executor, client);
    co_await watched.async_wait(watched.wait_read, support::as_result);
    watched.release();
    char byte = 0;
    CHECK(::recv(client, &byte, 1, MSG_DONTWAIT) == 0);
}

}  // namespace

TEST_CASE("a worker that asks twice still answers for what it was offered before",
          "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        puppets cluster(co_await asio::this_coro::executor, 1);
        co_await cluster.until_online(1);
        const offered_client one = co_await offer_to_first(cluster);
        co_await cluster.answer(first, 2, false);
        cluster.say(first, answer_to(one.offer, true));
        // The worker has closed its copy, and the primary closes its own when the answer counts.
        co_await until_closed(one.client.get());
        co_await cluster.stop();
    });
}

TEST_CASE("a worker that has left and asks again still answers for its offers", "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        puppets cluster(co_await asio::this_coro::executor, 2);
        co_await cluster.until_online(2);
        const offered_client one = co_await offer_to_first(cluster);
        co_await cluster.answer(second, 1, false);  // so that the socket stays
        cluster.say(first,
                    {{"cmd", "NODE_CLUSTER"}, {"act", "close"}, {"key", one.granted["key"]}});
        co_await cluster.answer(first, 2, false);
        cluster.say(first, answer_to(one.offer, true));
        co_await until_closed(one.client.get());
        co_await cluster.stop();
    });
}

TEST_CASE("a worker that asks for its connections in two ways is killed", "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        puppets cluster(co_await asio::this_coro::executor, 1);
        co_await cluster.until_online(1);
        cluster.ask(first, 1, false);
        cluster.ask(first, 2, true);
        const std::string reason = co_await cluster.reason_of_end();
        CHECK(reason == "it asks for its connections in two ways");
        co_await cluster.stop();
    });
}

TEST_CASE("a worker gets the next connection when it has also acknowledged the last",
          "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        puppets cluster(co_await asio::this_coro::executor, 1);
        co_await cluster.until_online(1);
        const json granted = co_await cluster.answer(first, 1, false);
        const std::uint16_t port = port_in(granted);
        const support::unique_fd one(connect_to(port));
        const support::unique_fd other(connect_to(port));
        const int offer = co_await cluster.passed(first, "newconn");
        cluster.say(first, answer_to(offer, true));
        co_await until_closed(one.get());
        const int next = co_await cluster.passed(first, "newconn", 2);
        cluster.say(first, answer_to(next, true));
        co_await until_closed(other.get());
        co_await cluster.stop();
    });
}

TEST_CASE("a question that fails for want of descriptors gets one answer, and changes nothing",
          "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        puppets cluster(co_await asio::this_coro::executor, 1);
        co_await cluster.until_online(1);
        const json granted = co_await cluster.answer(first, 1, true);
        co_await cluster.passed(first, "lane");
        cluster.workers().find(first)->kill(SIGKILL);
        co_await cluster.until_online(2);
        {
            const few_descriptors one(1);  // a lane needs two
            const json failed = co_await cluster.answer(second, 1, true);
            CHECK(failed["errno"] == -EMFILE);
        }
        const json again = co_await cluster.answer(second, 2, true);
        co_await cluster.passed(second, "lane");
        const auto answers = co_await cluster.answers(second, 1);
        CHECK(answers.size() == 1);
        CHECK(port_in(again) == port_in(granted));
        co_await cluster.stop();
    });
}

TEST_CASE("a worker that asks for ever more sockets leaves half of the descriptors to others",
          "[05][dispatch]") {
    tests::run([]() -> asio::awaitable<void> {
        puppets cluster(co_await asio::this_coro::executor, 1);
        co_await cluster.until_online(1);
        const few_descriptors some(120);
        int granted = 0;
        for (int n = 0; n < 100; ++n) {
            const json answer = co_await cluster.answer(first, n, false, n);
            if (!answer.contains("sockname")) break;
            ++granted;
        }
        CHECK(granted >= 60);
        CHECK(granted < 100);
        co_await cluster.stop();
    });
}
