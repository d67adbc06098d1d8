// What the server does with requests that are wrong, too large, too slow or too many.
#include <array>

#include "tests/catch.hpp"
#include "tests/support/http_client.hpp"

namespace {

using namespace std::chrono_literals;
using support::http_limits;
using tests::get;
using tests::get_hello;
using tests::http_answer;
using tests::http_client;
using tests::http_site;
using tests::post;

void check_refused(http_client& client, int status) {
    const http_answer answer = client.receive();
    CHECK(answer.status == status);
    CHECK(answer.closes());
    CHECK(client.ends());
}

TEST_CASE("a bad request is answered with its status and the connection closes",
          "[support][http]") {
    struct row {
        std::string request;
        int status;
    };
    const row each = GENERATE(
        row{"GET / HTTP/1.1\r\n\r\n", 400}, row{"GET / HTTP/3.0\r\nHost: here\r\n\r\n", 505},
        row{"GET /" + std::string(8200, 'a') + " HTTP/1.1\r\nHost: here\r\n\r\n", 414},
        row{get("/", "X: " + std::string(17'000, 'a') + "\r\n"), 431},
        row{"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1048577\r\n\r\n", 413},
        row{"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        row{"\x16\x03\x01 this is TLS\n", 400});
    http_site site;
    http_client client = site.connect();
    client.send(get_hello + each.request);
    CHECK(client.receive().status == 200);
    check_refused(client, each.status);
    client.close();
    site.until_connections(0);
    CHECK(site.server->requests() == 1);
}

TEST_CASE("nothing behind a bad request is answered", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    client.send("GET / HTTP/1.1\r\n\r\n" + get_hello);
    check_refused(client, 400);
    CHECK(site.server->requests() == 0);
}

TEST_CASE("a client that still sends a refused body can read why", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 2000000\r\n\r\n" +
                std::string(50'000, 'x'));
    const http_answer answer = client.receive();
    CHECK(answer.status == 413);
    client.send(std::string(10'000, 'x'));
    client.finish();
    CHECK(client.ends());
    site.until_connections(0);
}

TEST_CASE("a client that never stops sending after a refusal is cut", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.linger_bytes = 100'000;
    http_site site(limits);
    http_client client = site.connect();
    client.send("GET / HTTP/1.1\r\n\r\n");
    CHECK(client.receive().status == 400);
    const std::string megabyte(1 << 20, 'x');
    const auto send_on = [&] {
        for (int i = 0; i < 50; ++i) client.send(megabyte);
    };
    CHECK_THROWS_AS(send_on(), std::system_error);
    CHECK(site.server->connections() == 0);
}

TEST_CASE("a client that does not close after a refusal is cut in the end", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.linger_time = 20ms;
    http_site site(limits);
    http_client client = site.connect();
    client.send("GET / HTTP/1.1\r\n\r\n");
    check_refused(client, 400);
    site.until_connections(0);
}

TEST_CASE("chunks beyond the limit of a body are refused", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.body = 10;
    http_site site(limits);
    http_client client = site.connect();
    client.send(
        "POST /echo HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    check_refused(client, 413);
    http_client fits = site.connect();
    CHECK(fits.ask(post("/echo", "0123456789")).body == "0123456789");
}

TEST_CASE("a client that expects to be told is not told to send too much", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1048577\r\nExpect: 100-continue\r\n\r\n");
    check_refused(client, 413);
}

TEST_CASE("a head that takes too long is 408", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.head_time = 50ms;
    http_site site(limits);
    http_client client = site.connect();
    client.send("GET / HTTP/1.1\r\nHost: he");
    check_refused(client, 408);
    // The time runs again for each request of the connection.
    http_client second = site.connect();
    CHECK(second.ask(get_hello).status == 200);
    second.send("GET / HT");
    check_refused(second, 408);
}

TEST_CASE("a head that trickles in has no more time than any other", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.head_time = 100ms;
    http_site site(limits);
    http_client client = site.connect();
    client.send("GET / HTTP/1.1\r\nHost: here\r\nX: ");
    asio::steady_timer pause(site.io);
    bool over = false;
    const std::function<void()> trickle = [&] {
        pause.expires_after(5ms);
        pause.async_wait([&](boost::system::error_code error) {
            if (error || over) return;
            static_cast<void>(::send(client.fd(), "x", 1, MSG_NOSIGNAL));
            trickle();
        });
    };
    trickle();
    CHECK(client.receive().status == 408);
    over = true;
}

TEST_CASE("a body that stops coming is 408", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.stall = 50ms;
    http_site site(limits);
    const std::string begun =
        GENERATE("Content-Length: 10\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhel");
    http_client client = site.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: here\r\n" + begun);
    check_refused(client, 408);
}

TEST_CASE("an idle connection is closed after its keep-alive time", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.keep_alive = 50ms;
    http_site site(limits);
    http_client client = site.connect();
    const http_answer answer = client.ask(get_hello);
    CHECK(answer.status == 200);
    CHECK(answer.field("keep-alive").empty());  // less than a second cannot be said
    CHECK(client.ends());
    CHECK(site.server->connections() == 0);
}

TEST_CASE("an answer in the making has no limit", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.keep_alive = limits.head_time = limits.stall = 10ms;
    asio::steady_timer* pending = nullptr;
    auto slow =
        [&pending](asio::any_io_executor executor) -> asio::awaitable<support::http_response> {
        asio::steady_timer timer(executor, 100ms);
        pending = &timer;
        co_await timer.async_wait(support::as_result);
        support::http_response response;
        response.text("at last");
        co_return response;
    };
    std::unique_ptr<http_site> site;
    site = std::make_unique<http_site>(
        limits, [&](const support::http_request&, support::http_reply& reply) {
            reply.later(slow(site->io.get_executor()));
        });
    http_client client = site->connect();
    CHECK(client.ask(get_hello).body == "at last");
    CHECK(pending != nullptr);
}

TEST_CASE("a client that does not take its answer is reset", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.stall = 50ms;
    http_site site(limits, [](const support::http_request&, support::http_reply& reply) {
        reply.text(std::string(20 << 20, 'x'));
    });
    http_client client = site.connect();
    client.send(get_hello);
    site.until_connections(1);
    site.until_connections(0);
    CHECK_FALSE(client.ends());
}

TEST_CASE("a client that takes its answer slowly is not cut", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.stall = 400ms;
    http_site site(limits);
    http_client client = site.given();
    client.send(get("/big"));
    // It reads too little for the kernel to want more of the server, for as long as three limits.
    std::size_t taken = 0;
    std::array<char, 2048> part{};
    asio::steady_timer pause(site.io);
    for (int i = 0; i < 120; ++i) {
        bool over = false;
        pause.expires_after(10ms);
        pause.async_wait([&](boost::system::error_code) { over = true; });
        tests::run_until(site.io, [&] { return over; });
        const ssize_t got = ::recv(client.fd(), part.data(), part.size(), 0);
        if (got > 0) taken += static_cast<std::size_t>(got);
    }
    CHECK(site.server->connections() == 1);
    CHECK(taken > 200'000);
}

TEST_CASE("a burst of requests does not pile up answers", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    std::string burst;
    for (int i = 0; i < 200; ++i) burst += get("/big");
    client.send(burst);
    site.until_connections(1);
    tests::run_until(site.io, [&] { return site.server->requests() > 0; });
    site.io.poll();
    // 200 MiB of answers were asked for; what the client has not taken is not even made.
    CHECK(site.server->requests() < 20);
    for (int i = 0; i < 200; ++i) REQUIRE(client.receive().body.size() == 1 << 20);
}

}  // namespace
