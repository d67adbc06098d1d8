// What the server does with good requests.
#include <unistd.h>

#include <list>

#include "tests/catch.hpp"
#include "tests/support/http_client.hpp"

namespace {

using tests::get;
using tests::get_hello;
using tests::http_answer;
using tests::http_client;
using tests::http_site;
using tests::post;

TEST_CASE("one connection serves requests one after the other", "[support][http]") {
    http_site site(support::http_limits{});
    http_client client = site.connect();
    for (int i = 0; i < 3; ++i) {
        const http_answer answer = client.ask(get_hello);
        CHECK(answer.status == 200);
        CHECK(answer.body == "hello\n");
        CHECK_FALSE(answer.closes());
        CHECK(answer.field("keep-alive") == "timeout=4");
    }
    CHECK(site.server->requests() == 3);
    CHECK(site.server->connections() == 1);
}

TEST_CASE("the handler sees method, path and query", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    CHECK(client.ask(get("/path?q=a%20b")).body == "GET /path a b");
    CHECK(client.ask("BREW /path HTTP/1.1\r\nHost: here\r\n\r\n").body == "BREW /path -");
    CHECK(client.ask(get("/nowhere")).status == 404);
}

TEST_CASE("requests sent together are answered in order", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    client.send(get("/path?q=1") + get("/later") + post("/echo", "two") + get("/path?q=3") +
                get_hello);
    CHECK(client.receive().body == "GET /path 1");
    CHECK(client.receive().body == "hello later\n");
    CHECK(client.receive().body == "two");
    CHECK(client.receive().body == "GET /path 3");
    CHECK(client.receive().body == "hello\n");
    CHECK(client.silent());
}

TEST_CASE("a request may come byte by byte", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    const std::string request =
        GENERATE(get("/"), post("/echo", "hello\n"),
                 "POST /echo HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "5\r\nhello\r\n1\r\n\n\r\n0\r\n\r\n");
    for (int round = 0; round < 2; ++round) {
        for (const char byte : request) {
            REQUIRE(client.silent());
            client.send({&byte, 1});
        }
        CHECK(client.receive().body == "hello\n");
    }
}

TEST_CASE("line ends between requests are passed over", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    CHECK(client.ask("\r\n" + get_hello).status == 200);
    CHECK(client.ask("\r\n\r\n" + get_hello).status == 200);
    client.send("\r");
    REQUIRE(client.silent());
    CHECK(client.ask("\n" + get_hello).status == 200);
}

TEST_CASE("a large body arrives whole, with a length or in chunks", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    std::string body;
    while (body.size() < 1'000'000) body += std::to_string(body.size()) + " ";
    CHECK(client.ask(post("/echo", body)).body == body);
    std::string chunks;
    for (std::size_t at = 0; at < body.size(); at += 0xfff) {
        const std::string part = body.substr(at, 0xfff);
        const bool last = part.size() < 0xfff;
        chunks += (last ? "" : "fff\r\n" + part + "\r\n");
    }
    const std::string head =
        "POST /echo HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::size_t whole = body.size() / 0xfff * 0xfff;
    CHECK(client.ask(head + chunks + "0\r\n\r\n").body == body.substr(0, whole));
}

TEST_CASE("HEAD is answered without a body and the connection goes on", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    client.send("HEAD / HTTP/1.1\r\nHost: here\r\n\r\n");
    const http_answer answer = client.receive(true);
    CHECK(answer.status == 200);
    CHECK(answer.field("content-length") == "6");
    CHECK(client.ask(get_hello).body == "hello\n");
}

TEST_CASE("a client that asks before it sends a body is told to go on", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    client.send(
        "POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    CHECK(client.receive().status == 100);
    CHECK(client.silent());
    CHECK(client.ask("body").body == "body");
}

TEST_CASE("a body that is there already needs no permission", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    CHECK(client
              .ask("POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n"
                   "Expect: 100-continue\r\n\r\nbody")
              .status == 200);
}

TEST_CASE("an HTTP/1.0 client gets one answer, or keep-alive if it asks", "[support][http]") {
    http_site site;
    http_client one = site.connect();
    CHECK(one.ask("GET / HTTP/1.0\r\n\r\n").closes());
    CHECK(one.ends());
    http_client more = site.connect();
    for (int i = 0; i < 2; ++i) {
        const http_answer answer = more.ask("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
        CHECK(answer.field("connection") == "keep-alive");
        CHECK(answer.body == "hello\n");
    }
}

TEST_CASE("a connection ends after the answer when its client wants so", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    CHECK(client.ask(get("/", "Connection: close\r\n")).closes());
    CHECK(client.ends());
    CHECK(site.server->connections() == 0);
}

TEST_CASE("a client that has closed its side still gets all answers", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    if (GENERATE(false, true)) CHECK(client.ask(get_hello).status == 200);
    const std::string second = GENERATE("/", "/later");
    client.send(get_hello + get(second) + get_hello);
    client.finish();
    CHECK(client.receive().body == "hello\n");
    CHECK(client.receive().body == (second == "/" ? "hello\n" : "hello later\n"));
    CHECK(client.receive().body == "hello\n");
    CHECK(client.ends());
    CHECK(site.server->connections() == 0);
}

TEST_CASE("a client that goes in the middle of a request is forgotten", "[support][http]") {
    http_site site;
    for (const std::string& part :
         {std::string(), get_hello.substr(0, 9), post("/echo", "body").substr(0, 55)}) {
        http_client client = site.connect();
        client.send(part);
        site.until_connections(1);
        client.close();
        site.until_connections(0);
    }
    CHECK(site.server->requests() == 0);
}

TEST_CASE("an answer larger than the socket takes arrives whole", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    client.send(get("/big") + get("/big") + get_hello);
    CHECK(client.receive().body.size() == 1 << 20);
    CHECK(client.receive().body.size() == 1 << 20);
    CHECK(client.receive().body == "hello\n");
}

}  // namespace
