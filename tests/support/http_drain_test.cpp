// How a server ends without losing a request.
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

// Begins to drain; `drained` is set when it is over.
struct draining {
    explicit draining(http_site& site) {
        asio::co_spawn(site.io, site.server->drain(),
                       [this](const std::exception_ptr&) { drained = true; });
        site.io.poll();
    }
    bool drained = false;
};

TEST_CASE("a server without connections is drained at once and stops listening",
          "[support][http]") {
    http_site site;
    const draining drain(site);
    CHECK(drain.drained);
    CHECK_THROWS(site.connect());
    site.io.run();  // nothing of the server's is left to wait for
}

TEST_CASE("a request in the making is finished and closes the connection", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    client.send(get("/later"));
    tests::run_until(site.io, [&] { return site.server->requests() == 1; });
    const draining drain(site);
    CHECK_FALSE(drain.drained);
    const http_answer answer = client.receive();
    CHECK(answer.body == "hello later\n");
    CHECK(answer.closes());
    CHECK(client.ends());
    CHECK_FALSE(drain.drained);  // the client has not closed its side
    client.close();
    tests::run_until(site.io, [&] { return drain.drained; });
    CHECK(site.server->connections() == 0);
}

TEST_CASE("an idle connection is answered once more while draining", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    CHECK_FALSE(client.ask(get_hello).closes());
    const draining drain(site);
    CHECK(client.silent());
    CHECK_FALSE(drain.drained);
    CHECK(client.ask(get_hello).closes());
    CHECK(client.ends());
}

TEST_CASE("a connection that has not asked yet is answered while draining", "[support][http]") {
    http_site site;
    http_client given = site.given();
    http_client begun = site.given();
    begun.send(get_hello.substr(0, 10));
    site.io.poll();
    const draining drain(site);
    CHECK(given.ask(get_hello).closes());
    CHECK(begun.ask(get_hello.substr(10)).closes());
    // One that is handed over late is not turned away either.
    CHECK(site.given().ask(get_hello).closes());
}

TEST_CASE("clients that the kernel has connected already are answered while draining",
          "[support][http]") {
    http_site site;
    std::list<http_client> clients;
    for (int i = 0; i < 40; ++i) {
        clients.emplace_back(site.io, support::unique_fd(tests::connect_to(site.port)));
        clients.back().send(get_hello);
    }
    CHECK(site.server->connections() == 0);
    const draining drain(site);
    for (http_client& each : clients) {
        CHECK(each.receive().status == 200);
        each.close();
    }
    tests::run_until(site.io, [&] { return drain.drained; });
}

TEST_CASE("an idle connection stays no longer than its time while draining", "[support][http]") {
    http_limits limits = tests::no_time_limits();
    limits.keep_alive = 1h;
    limits.head_time = 1h;
    limits.drain_idle = 50ms;
    http_site site(limits);
    http_client idle = site.connect();
    CHECK(idle.ask(get_hello).status == 200);
    http_client silent = site.given();
    const draining drain(site);
    CHECK(idle.ends());
    CHECK(silent.ends());
    tests::run_until(site.io, [&] { return drain.drained; });
}

TEST_CASE("requests that came together are all answered and only the last closes",
          "[support][http]") {
    http_site site;
    http_client client = site.connect();
    client.send(get("/later"));
    tests::run_until(site.io, [&] { return site.server->requests() == 1; });
    client.send(get_hello + get("/later") + get_hello);
    const draining drain(site);
    CHECK_FALSE(client.receive().closes());
    CHECK_FALSE(client.receive().closes());
    CHECK_FALSE(client.receive().closes());
    CHECK(client.receive().closes());
    CHECK(client.ends());
}

TEST_CASE("a server drains while a client asks without pause", "[support][http]") {
    http_site site;
    http_client client = site.connect();
    int answered = 0;
    client.send(get_hello);
    const draining drain(site);
    while (!client.receive().closes()) {
        ++answered;
        client.send(get_hello);
    }
    CHECK(answered <= 1);
    client.close();
    tests::run_until(site.io, [&] { return drain.drained; });
}

TEST_CASE("draining twice waits twice for the same end", "[support][http]") {
    http_site site;
    http_client client = site.given();
    const draining one(site);
    const draining two(site);
    client.close();
    tests::run_until(site.io, [&] { return one.drained && two.drained; });
}

TEST_CASE("a drain ends when its server is destroyed", "[support][http]") {
    http_site site;
    http_client client = site.given();
    const draining drain(site);
    site.server.reset();
    tests::run_until(site.io, [&] { return drain.drained; });
    CHECK(client.ends());
}

}  // namespace
