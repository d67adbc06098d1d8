// How connections come to the server, and how they leave it.
#include <unistd.h>

#include <list>

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

TEST_CASE("connections are accepted and given at the same time", "[support][http]") {
    http_site site;
    http_client accepted = site.connect();
    http_client given = site.given();
    CHECK(given.ask(get_hello).status == 200);
    CHECK(accepted.ask(get_hello).status == 200);
    CHECK(site.server->connections() == 2);
}

TEST_CASE("a request that waits on a given connection is answered before serve returns",
          "[support][http]") {
    http_site site;
    support::socket_pair pair = support::make_socket_pair();
    REQUIRE(::write(pair.second.get(), get_hello.data(), get_hello.size()) > 0);
    site.server->serve(std::move(pair.first));
    CHECK(site.server->requests() == 1);
    http_client client(site.io, std::move(pair.second));
    CHECK(client.receive().status == 200);
}

TEST_CASE("a server listens on a unix socket", "[support][http]") {
    const tests::temporary_folder folder;
    http_site site;
    site.server->listen(support::listen_unix(folder.file("socket")));
    http_client tcp = site.connect();
    CHECK(tcp.ask(get_hello).status == 200);
    CHECK_THROWS_AS(site.server->listen(support::make_socket_pair().first), std::system_error);
}

TEST_CASE("connections go on when the server stops listening", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    CHECK(client.ask(get_hello).status == 200);
    site.server->stop_listening();
    site.io.poll();
    CHECK_THROWS(site.connect());
    CHECK(client.ask(get_hello).status == 200);
    CHECK(site.given().ask(get_hello).status == 200);
}

TEST_CASE("a connection ends for its client even if another process holds a copy of it",
          "[support][http]") {
    http_site site;
    support::socket_pair pair = support::make_socket_pair();
    const support::unique_fd copy = support::duplicate(pair.first.get());
    site.server->serve(std::move(pair.first));
    http_client client(site.io, std::move(pair.second));
    CHECK(client.ask(get("/", "Connection: close\r\n")).status == 200);
    CHECK(client.ends());
    CHECK(site.server->connections() == 0);
    // And the copy does not make our epoll set report a connection that we have given up.
    site.io.poll();
}

TEST_CASE("64 connections are served together", "[support][http]") {
    http_site site;
    std::list<http_client> clients;
    for (int i = 0; i < 64; ++i)
        clients.emplace_back(site.io, support::unique_fd(tests::connect_to(site.port)));
    for (int round = 0; round < 10; ++round) {
        for (http_client& each : clients) each.send(get_hello);
        for (http_client& each : clients) REQUIRE(each.receive().body == "hello\n");
    }
    CHECK(site.server->requests() == 640);
    CHECK(site.server->connections() == 64);
}

TEST_CASE("the end of each connection is told once", "[support][http]") {
    http_site site;
    int ends = 0;
    site.server->on_connection_end([&] { ++ends; });
    http_client one = site.connect();
    http_client two = site.connect();
    CHECK(one.ask(get_hello).status == 200);
    CHECK(two.ask(get("/", "Connection: close\r\n")).status == 200);
    tests::run_until(site.io, [&] { return ends == 1; });
    one.close();
    tests::run_until(site.io, [&] { return ends == 2; });
    CHECK(site.server->connections() == 0);
}

TEST_CASE("a connection has a number of requests", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.requests = 3;
    http_site site(limits);
    http_client client = site.connect();
    client.send(get_hello + get_hello + get_hello + get_hello);
    CHECK_FALSE(client.receive().closes());
    CHECK_FALSE(client.receive().closes());
    CHECK(client.receive().closes());
    CHECK(client.ends());
    CHECK(site.server->requests() == 3);
}

TEST_CASE("a connection that never says a word is closed without an answer", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.head_time = 20ms;
    http_site site(limits);
    http_client client = site.connect();
    CHECK(client.ends());
}

}  // namespace
