// What a worker asks for, and the name that its siblings share the socket by.
#include "04-auto-restart/listen_query.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "support/sockets.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace cluster;

namespace {

std::optional<listen_query> parse(const char* text) {
    return listen_query::from_json(json::parse(text));
}

std::string key_of(const char* text) {
    const auto query = parse(text);
    return query ? query->key() : "malformed";
}

bool listens(int fd) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 1;
}

}  // namespace

TEST_CASE("a query's key is Node's, in JavaScript's words", "[04][listen_query]") {
    CHECK(key_of(R"({"index":0,"data":null,"address":"127.0.0.1","port":0,"addressType":4,
                     "flags":0,"backlog":0})") == "127.0.0.1:0:4:undefined:0");
    CHECK(key_of(R"({"index":0,"address":null,"port":39565,"addressType":4})") ==
          "null:39565:4:undefined:0");
    CHECK(key_of(R"({"index":0,"address":"/run/app.sock","port":-1,"addressType":-1})") ==
          "/run/app.sock:-1:-1:undefined:0");
    CHECK(key_of(R"({"index":0,"address":"127.0.0.1","port":0,"addressType":"udp4","fd":-1})") ==
          "127.0.0.1:0:udp4:-1:0");
    CHECK(key_of(R"({"index":2,"address":"::1","port":80,"addressType":6,"flags":1})") ==
          "::1:80:6:undefined:2");
    CHECK(key_of(R"({"index":0,"address":null,"port":null,"addressType":null,"fd":5})") ==
          "null:null:null:5:0");
}

TEST_CASE("our own query for a port has the key of a Node worker's", "[04][listen_query]") {
    CHECK(tcp_query("127.0.0.1", 8000).key() == "127.0.0.1:8000:4:undefined:0");
    CHECK(tcp_query("::1", 8000).key() == "::1:8000:6:undefined:0");
    CHECK(tcp_query("", 8000).key() == "null:8000:4:undefined:0");
    CHECK(tcp_query("", 8000).to_json()["address"].is_null());
    CHECK_FALSE(tcp_query("", 8000).to_json().contains("flags"));
    CHECK_FALSE(tcp_query("127.0.0.1", 8000).to_json().contains("fd"));
}

TEST_CASE("a query is read as it was written", "[04][listen_query]") {
    for (const char* text :
         {R"({"index":0,"data":null,"address":"127.0.0.1","port":0,"addressType":4,"flags":0})",
          R"({"index":3,"data":{"ticketKeys":"00"},"address":null,"port":443,"addressType":4,
              "backlog":64})",
          R"({"index":0,"data":null,"address":"/run/app.sock","port":-1,"addressType":-1})",
          R"({"index":0,"data":null,"address":"::","port":5353,"addressType":"udp6","fd":-1,
              "flags":5})",
          R"({"index":0,"data":null,"address":null,"port":null,"addressType":null,"fd":7})",
          R"({"index":0,"data":null,"address":"::","port":1,"addressType":6,"lane":true})"}) {
        CAPTURE(text);
        const auto query = parse(text);
        REQUIRE(query.has_value());
        CHECK(query->to_json() == json::parse(text));
    }
}

TEST_CASE("a backlog of false is none", "[04][listen_query]") {
    const auto query = parse(R"({"address":null,"port":0,"addressType":4,"backlog":false})");
    REQUIRE(query.has_value());
    CHECK_FALSE(query->backlog.has_value());
}

TEST_CASE("malformed queries are refused", "[04][listen_query]") {
    for (const char* text : {"{}",
                             R"({"address":"127.0.0.1","port":0})",
                             R"({"port":0,"addressType":5})",
                             R"({"port":0,"addressType":"4"})",
                             R"({"port":0,"addressType":{}})",
                             R"({"port":"80","addressType":4})",
                             R"({"port":65536,"addressType":4})",
                             R"({"port":-2,"addressType":4})",
                             R"({"port":80.5,"addressType":4})",
                             R"({"port":18446744073709551615,"addressType":4})",
                             R"({"port":true,"addressType":4})",
                             R"({"address":1,"port":0,"addressType":4})",
                             R"({"address":[],"port":0,"addressType":4})",
                             R"({"port":0,"addressType":4,"index":-1})",
                             R"({"port":0,"addressType":4,"index":"0"})",
                             R"({"port":0,"addressType":4,"flags":-1})",
                             R"({"port":0,"addressType":4,"fd":"3"})",
                             R"({"address":null,"port":-1,"addressType":-1})",
                             R"({"port":null,"addressType":null})",
                             R"({"port":null,"addressType":null,"fd":-1})"}) {
        CAPTURE(text);
        CHECK_FALSE(parse(text).has_value());
    }
}

TEST_CASE("what is asked for is opened", "[04][listen_query]") {
    const support::unique_fd tcp = open_socket(tcp_query("127.0.0.1", 0), false);
    CHECK(support::local_port(tcp.get()) != 0);
    CHECK_FALSE(listens(tcp.get()));
    CHECK(listens(open_socket(tcp_query("127.0.0.1", 0), true).get()));

    listen_query again;
    again.type = socket_type::descriptor;
    again.port.reset();
    again.fd = tcp.get();
    const support::unique_fd copy = open_socket(again, false);
    CHECK(copy.get() != tcp.get());
    CHECK(support::local_port(copy.get()) == support::local_port(tcp.get()));

    const tests::temporary_folder folder;
    listen_query named;
    named.type = socket_type::unix_path;
    named.port = -1;
    named.address = folder.file("app.sock");
    CHECK(listens(open_socket(named, true).get()));

    listen_query udp;
    udp.type = socket_type::udp4;
    udp.address = "127.0.0.1";
    udp.fd = -1;
    CHECK(support::local_port(open_socket(udp, true).get()) != 0);
}

TEST_CASE("a socket that cannot be opened says why", "[04][listen_query]") {
    const support::unique_fd taken = support::listen_tcp("127.0.0.1", 0);
    const auto fails = [](const listen_query& query) {
        try {
            const support::unique_fd opened = open_socket(query, true);
        } catch (const std::system_error& error) {
            return error.code().value();
        }
        return 0;
    };
    CHECK(fails(tcp_query("127.0.0.1", support::local_port(taken.get()))) == EADDRINUSE);
    CHECK(fails(tcp_query("192.0.2.1", 0)) == EADDRNOTAVAIL);
    CHECK(fails(tcp_query("no address", 0)) == EINVAL);
    listen_query closed;
    closed.type = socket_type::descriptor;
    closed.fd = 999;
    CHECK(fails(closed) == EBADF);
}
