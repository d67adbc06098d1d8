#include "support/event_stream.hpp"

#include <optional>

#include "tests/catch.hpp"
#include "tests/support/http_client.hpp"

namespace {

using namespace std::chrono_literals;
using support::event_stream_limits;
using support::server_event;
using tests::get;
using tests::http_client;
using tests::http_site;

event_stream_limits quiet_stream() {
    event_stream_limits limits;
    limits.keep_alive = 1h;
    return limits;
}

// A server with a stream of events at each path; "first" is what each subscriber is told first.
struct event_site : http_site {
    explicit event_site(event_stream_limits limits = quiet_stream(),
                        std::vector<server_event> told_first = {})
        : http_site(tests::no_time_limits(),
                    [this](const support::http_request&, support::http_reply& reply) {
                        reply.hand_over([this](support::unique_fd connection) {
                            events->subscribe(std::move(connection), first);
                        });
                    }),
          first(std::move(told_first)) {
        events.emplace(io.get_executor(), limits);
    }
    void until_subscribers(std::size_t count) {
        tests::run_until(io, [&] { return events->subscribers() == count; });
    }

    std::vector<server_event> first;
    std::optional<support::event_stream> events;
};

// A client that listens to them.
struct event_client : http_client {
    explicit event_client(event_site& site)
        : http_client(site.io, support::unique_fd(tests::connect_to(site.port))) {
        const std::size_t before = site.events->subscribers();
        send(get("/"));
        site.until_subscribers(before + 1);
        CHECK(receive().status == 200);
        CHECK(receive_until("\n\n") == "retry: 1000\n\n");
    }
};

std::string next_event(http_client& client) {
    return client.receive_until("\n\n");
}

TEST_CASE("an event is told to all who listen", "[support][events]") {
    event_site site;
    site.events->publish("early", "nobody hears it");
    event_client one(site);
    event_client other(site);
    site.events->publish("log", R"({"text":"hello"})");
    site.events->publish("log", "second");
    for (event_client* each : {&one, &other}) {
        CHECK(next_event(*each) == "event: log\ndata: {\"text\":\"hello\"}\n\n");
        CHECK(next_event(*each) == "event: log\ndata: second\n\n");
    }
}

TEST_CASE("the head of an event stream is one that no cache keeps", "[support][events]") {
    event_site site;
    http_client client = site.connect();
    const tests::http_answer head = client.ask(get("/"));
    CHECK(head.field("content-type") == "text/event-stream");
    CHECK(head.field("cache-control") == "no-store");
    CHECK(head.field("content-length").empty());
    CHECK(head.closes());
}

TEST_CASE("a new subscriber is told what came before, and then what comes", "[support][events]") {
    event_site site(quiet_stream(), {{"log", "one"}, {"history", "two"}});
    event_client client(site);
    site.events->publish("log", "three");
    CHECK(next_event(client) == "event: log\ndata: one\n\n");
    CHECK(next_event(client) == "event: history\ndata: two\n\n");
    CHECK(next_event(client) == "event: log\ndata: three\n\n");
}

TEST_CASE("no line end in an event's data begins a field of its own", "[support][events]") {
    event_site site;
    event_client client(site);
    site.events->publish("a", "one\ntwo\r\nthree\rdata: four\n\nevent: five\n");
    CHECK(next_event(client) ==
          "event: a\ndata: one\ndata: two\ndata: three\ndata: data: four\ndata: \n"
          "data: event: five\ndata: \n\n");
    site.events->publish("a", "");
    CHECK(next_event(client) == "event: a\ndata: \n\n");
    CHECK_THROWS_AS(site.events->publish("a\nb", ""), std::invalid_argument);
    CHECK_THROWS_AS(site.events->publish("a\rb", ""), std::invalid_argument);
    CHECK(client.silent());
}

TEST_CASE("a subscriber that does not read is cut and delays nobody", "[support][events]") {
    event_site site;
    event_client reader(site);
    event_client sleeper(site);
    const std::string data(100'000, 'x');
    int told = 0;
    while (site.events->subscribers() == 2 && told < 1000) {
        site.events->publish("much", data);
        ++told;
        REQUIRE(next_event(reader).size() > data.size());
    }
    CHECK(told > 10);  // more than the limit had to come together
    CHECK(told < 1000);
    CHECK(site.events->subscribers() == 1);
    site.events->publish("after", "");
    CHECK(next_event(reader) == "event: after\ndata: \n\n");
    // What was in the kernel for it may reach it or not, but then comes a reset.
    CHECK_FALSE(sleeper.ends());
}

TEST_CASE("a subscriber that reads late gets everything in order", "[support][events]") {
    event_stream_limits limits = quiet_stream();
    limits.waiting = 64 << 20;
    event_site site(limits);
    event_client late(site);
    const std::string data(100'000, 'x');
    for (int i = 0; i < 200; ++i) site.events->publish("n", std::to_string(i) + data);
    for (int i = 0; i < 200; ++i) {
        REQUIRE(next_event(late) == "event: n\ndata: " + std::to_string(i) + data + "\n\n");
    }
    CHECK(site.events->subscribers() == 1);
}

TEST_CASE("first events beyond the limit cut the subscriber they are for", "[support][events]") {
    event_site site(quiet_stream(), {{"huge", std::string(40 << 20, 'x')}});
    http_client client = site.connect();
    client.send(get("/"));
    CHECK_FALSE(client.ends());
    CHECK(site.events->subscribers() == 0);
}

TEST_CASE("the end of a subscriber is noticed, even if it spoke before", "[support][events]") {
    event_site site;
    event_client gone(site);
    event_client reset(site);
    event_client stays(site);
    gone.send("what it says does not matter");
    gone.close();
    site.until_subscribers(2);
    const linger no_time{1, 0};
    support::check("setsockopt",
                   ::setsockopt(reset.fd(), SOL_SOCKET, SO_LINGER, &no_time, sizeof no_time));
    reset.close();
    site.until_subscribers(1);
    site.events->publish("still", "here");
    CHECK(next_event(stays) == "event: still\ndata: here\n\n");
}

TEST_CASE("one subscriber too many is answered 503 and room comes back", "[support][events]") {
    event_stream_limits limits = quiet_stream();
    limits.subscribers = 2;
    event_site site(limits);
    event_client one(site);
    event_client two(site);
    http_client three = site.connect();
    const tests::http_answer refused = three.ask(get("/"));
    CHECK(refused.status == 503);
    CHECK(refused.closes());
    CHECK(three.ends());
    one.close();
    site.until_subscribers(1);
    event_client four(site);
    CHECK(site.events->subscribers() == 2);
}

TEST_CASE("a quiet stream is kept alive by comments", "[support][events]") {
    event_stream_limits limits;
    limits.keep_alive = 5ms;
    event_site site(limits);
    event_client client(site);
    for (int i = 0; i < 3; ++i) CHECK(next_event(client) == ": keep-alive\n\n");
    client.close();
    site.until_subscribers(0);
    // They begin again with the next subscriber.
    event_client next(site);
    for (int i = 0; i < 3; ++i) CHECK(next_event(next) == ": keep-alive\n\n");
}

TEST_CASE("a stream that closes lets everybody go and keeps no event loop busy",
          "[support][events]") {
    event_site site;
    event_client reader(site);
    event_client sleeper(site);
    site.events->publish("a", std::string(900'000, 'x'));
    SECTION("by close()") {
        site.events->close();
        CHECK(site.events->subscribers() == 0);
        http_client late = site.connect();
        CHECK(late.ask(get("/")).status == 503);
        site.events->publish("to", "nobody");
        late.close();
    }
    SECTION("by its destructor") {
        site.events.reset();
    }
    CHECK_FALSE(reader.receive_until("event: a\ndata: x").empty());
    site.server.reset();
    reader.close();
    sleeper.close();
    site.io.run();  // nothing is left to wait for
}

}  // namespace
