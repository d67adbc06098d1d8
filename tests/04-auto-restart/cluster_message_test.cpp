// The messages of a cluster, word by word.
#include "04-auto-restart/cluster_message.hpp"

#include <cerrno>

#include "tests/catch.hpp"

using namespace cluster;

namespace {

cluster_message read(const char* text) {
    auto message = cluster_message::read(json::parse(text));
    REQUIRE(message.has_value());
    return std::move(*message);
}

json without_number(json message) {
    message.erase("seq");
    return message;
}

}  // namespace

TEST_CASE("a recorded question of Node is read as a cluster's message", "[04][cluster_message]") {
    const cluster_message message =
        read(R"({"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,
                 "address":"127.0.0.1","port":0,"addressType":4,"flags":0,"backlog":0,"seq":1})");
    CHECK(message.act == "queryServer");
    CHECK(message.seq == 1);
    CHECK_FALSE(message.ack.has_value());
    CHECK(message.text("address") == "127.0.0.1");
}

TEST_CASE("what is not a cluster's is not read", "[04][cluster_message]") {
    for (const char* text : {R"({"cmd":"NODE_HANDLE_ACK"})", R"({"act":"online"})", R"({"cmd":7})",
                             R"("NODE_CLUSTER")", "[]", "null", "{}"}) {
        CAPTURE(text);
        CHECK_FALSE(cluster_message::read(json::parse(text)).has_value());
    }
}

TEST_CASE("fields of the wrong type are as good as absent", "[04][cluster_message]") {
    const cluster_message message = read(
        R"({"cmd":"NODE_CLUSTER","act":5,"seq":-1,"ack":"1","key":{},"accepted":1,"reason":null})");
    CHECK(message.act.empty());
    CHECK_FALSE(message.seq.has_value());
    CHECK_FALSE(message.ack.has_value());
    CHECK(message.text("key").empty());
    CHECK(message.text("reason").empty());
    CHECK_FALSE(message.flag("accepted"));
    CHECK_FALSE(message.flag("nothing"));
}

TEST_CASE("the messages of a worker are Node's", "[04][cluster_message]") {
    const auto is = [](const json& message, const char* text) {
        CHECK(message == json::parse(text));
    };
    is(messages::online(), R"({"cmd":"NODE_CLUSTER","act":"online"})");
    is(messages::query_server(tcp_query("127.0.0.1", 0)),
       R"({"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,"address":"127.0.0.1",
           "port":0,"addressType":4,"flags":0})");
    is(messages::listening(tcp_query("127.0.0.1", 0), 37903),
       R"({"cmd":"NODE_CLUSTER","act":"listening","index":0,"data":null,"address":"127.0.0.1",
           "port":37903,"addressType":4,"flags":0})");
    is(messages::close("k"), R"({"cmd":"NODE_CLUSTER","act":"close","key":"k"})");
    is(messages::exited_after_disconnect(),
       R"({"cmd":"NODE_CLUSTER","act":"exitedAfterDisconnect"})");
    is(messages::accepted(true), R"({"cmd":"NODE_CLUSTER","accepted":true})");
}

TEST_CASE("the messages of a primary are Node's", "[04][cluster_message]") {
    const auto is = [](const json& message, const char* text) {
        CHECK(message == json::parse(text));
    };
    listen_reply reply;
    reply.key = "k";
    is(messages::reply_with_socket(reply),
       R"({"cmd":"NODE_CLUSTER","errno":0,"key":"k","data":null})");
    is(messages::reply_without_socket(reply),
       R"({"cmd":"NODE_CLUSTER","errno":null,"key":"k","data":null})");
    reply.sockname = json::parse(R"({"address":"127.0.0.1","family":"IPv4","port":37903})");
    is(messages::reply_without_socket(reply),
       R"({"cmd":"NODE_CLUSTER","errno":null,"key":"k","data":null,
           "sockname":{"address":"127.0.0.1","family":"IPv4","port":37903}})");
    reply.error = EADDRINUSE;
    is(messages::reply_failed(reply),
       R"({"cmd":"NODE_CLUSTER","errno":-98,"key":"k","data":null})");
    is(messages::new_connection("k"), R"({"cmd":"NODE_CLUSTER","act":"newconn","key":"k"})");
    is(messages::disconnect(), R"({"cmd":"NODE_CLUSTER","act":"disconnect"})");
    is(messages::bare_reply(), R"({"cmd":"NODE_CLUSTER"})");
}

TEST_CASE("our own additions are messages that Node ignores", "[04][cluster_message]") {
    CHECK(messages::suicide("why") ==
          json::parse(R"({"cmd":"NODE_CLUSTER","act":"suicide","reason":"why"})"));
    CHECK(messages::recycle("why") ==
          json::parse(R"({"cmd":"NODE_CLUSTER","act":"suicide","reason":"why","recycle":true})"));
    CHECK(messages::ready() == json::parse(R"({"cmd":"NODE_CLUSTER","act":"ready"})"));
}

TEST_CASE("every message gets the next number, and an answer the question's as well",
          "[04][cluster_message]") {
    const json first = messages::numbered(messages::online());
    const json second = messages::numbered(messages::online());
    CHECK(messages::number_of(second) == messages::number_of(first) + 1);
    CHECK(without_number(first) == messages::online());
    const cluster_message question = read(R"({"cmd":"NODE_CLUSTER","act":"x","seq":41})");
    const json answer = messages::answering(question, messages::bare_reply());
    CHECK(answer["ack"] == 41);
    CHECK(messages::number_of(answer) == messages::number_of(second) + 1);
}

TEST_CASE("an answer's errno is null, 0 or negative, and nothing else is trusted",
          "[04][cluster_message]") {
    const auto error = [](const char* number) {
        const std::string text = std::string(R"({"cmd":"NODE_CLUSTER","errno":)") + number + "}";
        return listen_reply::read(read(text.c_str())).error;
    };
    CHECK(error("null") == 0);
    CHECK(error("0") == 0);
    CHECK(error("-98") == EADDRINUSE);
    CHECK(error("-13") == EACCES);
    CHECK(error("98") == EPROTO);
    CHECK(error("-4096") == EPROTO);
    CHECK(error("-9223372036854775808") == EPROTO);
    CHECK(error("18446744073709551615") == EPROTO);
    CHECK(error("\"EADDRINUSE\"") == EPROTO);
    CHECK(error("-98.5") == EPROTO);
}

TEST_CASE("an answer is read as it was built", "[04][cluster_message]") {
    listen_reply reply;
    reply.key = "127.0.0.1:0:4:undefined:0";
    reply.data = {{"ticketKeys", "00ff"}};
    reply.sockname = {{"address", "127.0.0.1"}, {"family", "IPv4"}, {"port", 37903}};
    const auto message = cluster_message::read(messages::reply_without_socket(reply));
    const listen_reply same = listen_reply::read(message.value());
    CHECK(same.error == 0);
    CHECK(same.key == reply.key);
    CHECK(same.data == reply.data);
    CHECK(same.sockname == reply.sockname);
}
