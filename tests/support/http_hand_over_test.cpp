// A connection that its server gives away.
#include <array>

#include "tests/catch.hpp"
#include "tests/support/http_client.hpp"

namespace {

using support::http_reply;
using support::http_request;
using support::unique_fd;
using tests::get;
using tests::get_hello;
using tests::http_client;
using tests::http_site;

// A server that gives each connection away on which "/take" is asked for.
struct taking_site : http_site {
    taking_site()
        : http_site(
              tests::no_time_limits(), [this](const http_request& request, http_reply& reply) {
                  if (request.path() != "/take") return tests::answer_for_tests(request, reply);
                  reply.text("never seen");
                  reply.hand_over(
                      [this](unique_fd connection) { taken.push_back(std::move(connection)); });
              }) {}
    void until_taken() {
        tests::run_until(io, [this] { return !taken.empty(); });
    }
    void say(std::string_view text) {
        REQUIRE(::send(taken.front().get(), text.data(), text.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(text.size()));
    }
    std::vector<unique_fd> taken;
};

const std::string answer_of_taker = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine";

TEST_CASE("a connection that is handed over says what its taker says, and nothing else",
          "[support][http]") {
    taking_site site;
    const bool accepted = GENERATE(true, false);
    http_client client = accepted ? site.connect() : site.given();
    client.send(get("/take"));
    site.until_taken();
    CHECK(client.silent());
    site.say(answer_of_taker);
    CHECK(client.receive().body == "mine");
    site.taken.clear();
    CHECK(client.ends());
}

TEST_CASE("a connection that is handed over is no longer the server's", "[support][http]") {
    taking_site site;
    int ends = 0;
    site.server->on_connection_end([&] { ++ends; });
    http_client client = site.connect();
    client.send(get("/take"));
    site.until_taken();
    CHECK(site.server->connections() == 0);
    CHECK(site.server->requests() == 1);
    CHECK(ends == 1);

    bool drained = false;
    asio::co_spawn(site.io, site.server->drain(), [&](std::exception_ptr) { drained = true; });
    tests::run_until(site.io, [&] { return drained; });
    site.server.reset();
    client.send("the taker may read this");
    site.say(answer_of_taker);
    CHECK(client.receive().body == "mine");
    std::array<char, 32> said{};
    CHECK(::recv(site.taken.front().get(), said.data(), said.size(), 0) == 23);
}

TEST_CASE("requests before the one that is handed over are answered, those behind it dropped",
          "[support][http]") {
    taking_site site;
    http_client client = site.connect();
    client.send(get_hello + get_hello + get("/take") + get_hello);
    CHECK(client.receive().body == "hello\n");
    CHECK(client.receive().body == "hello\n");
    site.until_taken();
    CHECK(site.server->requests() == 3);
    CHECK(client.silent());
    char byte = 0;
    CHECK(::recv(site.taken.front().get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1);
}

TEST_CASE("a connection can be handed over after it has waited", "[support][http]") {
    taking_site site;
    http_client client = site.connect();
    CHECK(client.ask(get_hello).body == "hello\n");
    CHECK(client.ask(get("/later")).body == "hello later\n");
    const std::string request = "POST /take HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbo";
    client.send(request);
    CHECK(client.silent());
    client.send("dy");
    site.until_taken();
    client.send(get_hello);  // the server must not see it
    CHECK(client.silent());
    CHECK(site.server->requests() == 3);
}

TEST_CASE("a client that has not taken its answers gets 503 instead of the taker",
          "[support][http]") {
    taking_site site;
    support::socket_pair pair = support::make_socket_pair();
    const int little = 1;  // the kernel makes some 4 KiB of it
    support::check("setsockopt",
                   ::setsockopt(pair.first.get(), SOL_SOCKET, SO_SNDBUF, &little, sizeof little));
    http_client client(site.io, std::move(pair.second));
    std::string requests;
    for (int i = 0; i < 100; ++i) requests += get_hello;
    client.send(requests + get("/take"));
    site.server->serve(std::move(pair.first));
    for (int i = 0; i < 100; ++i) REQUIRE(client.receive().status == 200);
    const tests::http_answer last = client.receive();
    CHECK(last.status == 503);
    CHECK(last.closes());
    CHECK(client.ends());
    CHECK(site.taken.empty());
}

TEST_CASE("a client that takes its answers in time is handed over", "[support][http]") {
    taking_site site;
    http_client client = site.given();
    client.send(get("/big") + get("/take"));
    CHECK(client.receive().body.size() == 1 << 20);
    site.until_taken();
    CHECK(site.server->connections() == 0);
}

TEST_CASE("an exception out of the taker is told, and the connection closes", "[support][http]") {
    std::unique_ptr<http_site> site;
    site = std::make_unique<http_site>(
        tests::no_time_limits(), [&](const http_request&, http_reply& reply) {
            reply.hand_over([](unique_fd) { throw std::runtime_error("no room"); });
        });
    int errors = 0;
    site->server->on_error([&](const std::exception_ptr&) { ++errors; });
    http_client client = site->connect();
    client.send(get_hello);
    CHECK(client.ends());
    CHECK(errors == 1);
    CHECK(site->server->connections() == 0);
}

TEST_CASE("the taker of a connection may destroy the server", "[support][http]") {
    std::unique_ptr<http_site> site;
    unique_fd taken;
    site = std::make_unique<http_site>(tests::no_time_limits(),
                                       [&](const http_request&, http_reply& reply) {
                                           reply.hand_over([&](unique_fd connection) {
                                               site->server.reset();
                                               taken = std::move(connection);
                                           });
                                       });
    http_client other = site->connect();
    http_client client = site->connect();
    client.send(get_hello + get_hello);
    CHECK(other.ends());
    REQUIRE(::send(taken.get(), answer_of_taker.data(), answer_of_taker.size(), 0) > 0);
    CHECK(client.receive().body == "mine");
}

}  // namespace
