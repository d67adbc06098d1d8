// Exceptions out of handlers, and servers that end in the middle of something.
#include "tests/catch.hpp"
#include "tests/support/http_client.hpp"

namespace {

using namespace std::chrono_literals;
using support::http_reply;
using support::http_request;
using support::http_response;
using tests::get;
using tests::get_hello;
using tests::http_answer;
using tests::http_client;
using tests::http_site;

std::string message(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& what) {
        return what.what();
    }
}

TEST_CASE("an exception out of a handler is a 500 on its connection and told to the program",
          "[support][http]") {
    http_site site;
    std::vector<std::string> told;
    site.server->on_error([&](const std::exception_ptr& error) { told.push_back(message(error)); });
    http_client other = site.connect();
    CHECK(other.ask(get_hello).status == 200);
    http_client client = site.connect();
    const bool later = GENERATE(false, true);
    client.send((later ? get("/throw-later") : get("/throw")) + get_hello);
    const http_answer answer = client.receive();
    CHECK(answer.status == 500);
    CHECK(answer.closes());
    CHECK(client.ends());
    CHECK(told == std::vector<std::string>{later ? "thrown later" : "thrown"});
    CHECK(other.ask(get_hello).status == 200);
}

TEST_CASE("an answer with a status that HTTP does not have is an error of the handler",
          "[support][http]") {
    const int status = GENERATE(-1, 0, 100, 1000);
    http_site site(tests::no_time_limits(),
                   [&](const http_request&, http_reply& reply) { reply.text("?", status); });
    std::string told;
    site.server->on_error([&](const std::exception_ptr& error) { told = message(error); });
    http_client client = site.connect();
    CHECK(client.ask(get_hello).status == 500);
    CHECK(told == "HTTP status " + std::to_string(status));
}

TEST_CASE("a handler can close the connection after its answer", "[support][http]") {
    http_site site(tests::no_time_limits(), [](const http_request&, http_reply& reply) {
        reply.text("bye");
        reply.close = true;
    });
    http_client client = site.connect();
    CHECK(client.ask(get_hello).closes());
    CHECK(client.ends());
}

TEST_CASE("a reply does not show what the last one was", "[support][http]") {
    http_site site(tests::no_time_limits(), [](const http_request& request, http_reply& reply) {
        if (request.path() != "/rich") return;
        reply.send("text/html", "rich", 201);
        reply.header("X-Rich", "1");
    });
    http_client client = site.connect();
    const http_answer rich = client.ask(get("/rich"));
    CHECK(rich.field("x-rich") == "1");
    const http_answer plain = client.ask(get("/"));
    CHECK(plain.status == 200);
    CHECK(plain.body.empty());
    CHECK(plain.field("x-rich").empty());
    CHECK(plain.field("content-type") == "text/plain; charset=utf-8");
}

TEST_CASE("a client that goes while its answer is made loses only the answer", "[support][http]") {
    http_site site;
    int errors = 0;
    site.server->on_error([&](const std::exception_ptr&) { ++errors; });
    for (const char* target : {"/later", "/throw-later"}) {
        http_client client = site.connect();
        client.send(get(target));
        tests::run_until(site.io, [&] { return site.server->connections() == 1; });
        const auto before = site.server->requests();
        tests::run_until(site.io, [&] { return site.server->requests() > 0 || before > 0; });
        const linger reset{1, 0};
        support::check("setsockopt",
                       ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
        client.close();
        site.until_connections(0);
    }
    tests::run_until(site.io, [&] { return errors == 1; });
}

TEST_CASE("a server that is destroyed closes its connections at once", "[support][http]") {
    http_site site;
    http_client idle = site.connect();
    CHECK(idle.ask(get_hello).status == 200);
    http_client waiting = site.connect();
    waiting.send(get("/later"));
    http_client blocked = site.connect();
    blocked.send(get("/big") + get("/big") + get("/big") + get("/big") + get("/big") + get("/big"));
    tests::run_until(site.io, [&] { return site.server->requests() >= 3; });
    int ends = 0;
    site.server->on_connection_end([&] { ++ends; });
    site.server.reset();
    CHECK(idle.ends());
    CHECK(waiting.ends());
    site.io.run();  // the coroutine of /later ends by itself, into nothing
    CHECK(ends == 0);
}

TEST_CASE("a handler may destroy its server", "[support][http]") {
    std::unique_ptr<http_site> site;
    site = std::make_unique<http_site>(tests::no_time_limits(),
                                       [&](const http_request& request, http_reply& reply) {
                                           site->server.reset();
                                           reply.text(request.path());
                                       });
    http_client client = site->connect();
    client.send(get_hello + get_hello);
    CHECK(client.ends());
    site->io.run();
}

TEST_CASE("a listener may destroy the server that tells it", "[support][http]") {
    http_site site;
    const bool by_error = GENERATE(false, true);
    if (by_error) {
        site.server->on_error([&](const std::exception_ptr&) { site.server.reset(); });
    } else {
        site.server->on_connection_end([&] { site.server.reset(); });
    }
    http_client other = site.connect();
    CHECK(other.ask(get_hello).status == 200);
    http_client client = site.connect();
    client.send(by_error ? get("/throw") : get("/", "Connection: close\r\n"));
    CHECK(client.receive().status == (by_error ? 500 : 200));
    CHECK(client.ends());
    CHECK(other.ends());
    site.io.run();
}

TEST_CASE("a handler may serve another connection", "[support][http]") {
    std::unique_ptr<http_site> site;
    std::unique_ptr<http_client> second;
    site = std::make_unique<http_site>(
        tests::no_time_limits(), [&](const http_request& request, http_reply& reply) {
            if (!second) {
                support::socket_pair pair = support::make_socket_pair();
                second = std::make_unique<http_client>(site->io, std::move(pair.second));
                second->send(get("/second"));
                site->server->serve(std::move(pair.first));
            }
            reply.text(request.path());
        });
    http_client first = site->connect();
    CHECK(first.ask(get("/first")).body == "/first");
    CHECK(second->receive().body == "/second");
    second.reset();
}

TEST_CASE("a server and its coroutines may go with the event loop", "[support][http]") {
    auto io = std::make_unique<asio::io_context>(1);
    const support::socket_pair pair = support::make_socket_pair();
    asio::co_spawn(
        *io,
        [&]() -> asio::awaitable<void> {
            const asio::any_io_executor executor = co_await asio::this_coro::executor;
            support::http_server server(executor, tests::answer_for_tests);
            server.listen(support::listen_tcp("127.0.0.1", 0));
            server.serve(support::duplicate(pair.first.get()));
            co_await server.drain();
        },
        asio::detached);
    const std::string request = get("/later");
    REQUIRE(::send(pair.second.get(), request.data(), request.size(), 0) > 0);
    io->poll_one();
    io->poll_one();
    io.reset();
}

}  // namespace
