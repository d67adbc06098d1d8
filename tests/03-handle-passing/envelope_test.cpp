#include "03-handle-passing/envelope.hpp"

#include "tests/03-handle-passing/channels.hpp"

using namespace child_process;
using namespace tests;

// The lines are what Node 20 wrote when it was recorded.

TEST_CASE("an envelope is written as Node writes it", "[03][envelope]") {
    const handle server(support::listen_tcp("127.0.0.1", 0));
    CHECK(seal("server", server) ==
          "{\"cmd\":\"NODE_HANDLE\",\"type\":\"net.Server\",\"msg\":\"server\"}\n");
    const handle socket = handle(std::move(make_tcp_pair().accepted)).counted_as("4:127.0.0.1:0");
    CHECK(seal("sock1", socket) ==
          "{\"cmd\":\"NODE_HANDLE\",\"type\":\"net.Socket\",\"msg\":\"sock1\","
          "\"key\":\"4:127.0.0.1:0\"}\n");
    const handle udp(support::bind_udp("127.0.0.1", 0));
    CHECK(seal("udp", udp) ==
          "{\"cmd\":\"NODE_HANDLE\",\"type\":\"dgram.Socket\",\"msg\":\"udp\","
          "\"dgramType\":\"udp4\"}\n");
    const handle native = server.duplicate().as_native();
    CHECK(seal("native-tcp", native) ==
          "{\"cmd\":\"NODE_HANDLE\",\"type\":\"net.Native\",\"msg\":\"native-tcp\"}\n");
    CHECK(seal(nullptr, udp.duplicate().as_native()) ==
          "{\"cmd\":\"NODE_HANDLE\",\"type\":\"dgram.Native\",\"msg\":null}\n");
}

TEST_CASE("any message and key stays one line of JSON in an envelope", "[03][envelope]") {
    const json message = {{"text", "line\nquote\" back\\ é"}, {"deep", {1, {2, {3}}}}};
    const handle socket = handle(std::move(make_tcp_pair().accepted)).counted_as("a \"key\"\n");
    const std::string line = seal(message, socket);
    CHECK(line.find('\n') == line.size() - 1);
    json parsed = json::parse(line);
    const auto opened = open_envelope(parsed);
    REQUIRE(opened);
    CHECK(opened->type == "net.Socket");
    CHECK(opened->key == "a \"key\"\n");
    CHECK(opened->message == message);
}

TEST_CASE("an envelope in an envelope, as Node sends a handle again, is opened to the inner one",
          "[03][envelope]") {
    json line = json::parse(
        R"({"cmd":"NODE_HANDLE","type":"net.Native","msg":{"cmd":"NODE_HANDLE","type":"net.Socket","msg":"S","key":"4:127.0.0.1:0"}})");
    const auto opened = open_envelope(line);
    REQUIRE(opened);
    CHECK(opened->type == "net.Socket");
    CHECK(opened->key == "4:127.0.0.1:0");
    CHECK(opened->message == "S");
}

TEST_CASE("an envelope with missing or strange fields opens to empty ones", "[03][envelope]") {
    json line = json::parse(R"({"cmd":"NODE_HANDLE","type":7,"key":[]})");
    const auto opened = open_envelope(line);
    REQUIRE(opened);
    CHECK(opened->type.empty());
    CHECK(opened->key.empty());
    CHECK(opened->message == nullptr);
}

TEST_CASE("what is no envelope stays closed", "[03][envelope]") {
    for (const char* text : {R"({"cmd":"NODE_HANDLE_ACK"})", R"({"cmd":"NODE_"})", R"({"cmd":7})",
                             R"("NODE_HANDLE")", "{}", "null", "[]"}) {
        json line = json::parse(text);
        CHECK_FALSE(open_envelope(line).has_value());
        CHECK(line == json::parse(text));
    }
}
