// The rules that records_channel checks, each broken once.
#include "tests/06-cluster-lib/programs/channel_rules.hpp"
#include "tests/catch.hpp"

namespace {

const std::string handle_line =
    R"({"cmd":"NODE_HANDLE","type":"net.Native","msg":{"cmd":"NODE_CLUSTER","act":"newconn","seq":1}})";
const std::string ack_line = R"({"cmd":"NODE_HANDLE_ACK"})";

std::string report_on(const std::vector<channel_line>& lines) {
    channel_rules rules;
    for (const channel_line& each : lines) rules.take(each);
    return rules.report();
}

bool breaks(const std::vector<channel_line>& lines, const std::string& how) {
    const std::string report = report_on(lines);
    INFO(report);
    return report.find("broken: " + how) != report.npos;
}

channel_line our_handle(std::string text, std::vector<std::size_t> at = {0},
                        int type = SOCK_STREAM) {
    return {true, std::move(text), at, std::vector<int>(at.size(), type)};
}

channel_line replaced(const std::string& what, const std::string& by) {
    std::string text = handle_line;
    text.replace(text.find(what), what.size(), by);
    return our_handle(text);
}

}  // namespace

TEST_CASE("the recorder notices each way to hurt a Node peer", "[06]") {
    CHECK(breaks({{true, "", {}, {}}}, "no JSON"));
    CHECK(breaks({{true, "{", {}, {}}}, "no JSON"));
    CHECK(breaks({{true, ack_line, {}, {}}}, "an answer to no handle"));
    CHECK(breaks({our_handle(handle_line, {0}, 0)}, "a handle that is no socket"));
    CHECK(breaks({our_handle(handle_line, {0, 0})}, "not one descriptor in front"));
    CHECK(breaks({our_handle(handle_line, {})}, "not one descriptor in front"));
    CHECK(breaks({our_handle("1")}, "an unannounced handle"));
    CHECK(breaks({replaced("net.Native", "net.Pipe")}, "an unknown type"));
    CHECK(breaks({replaced("net.Native", "net.Socket")}, "a connection that is not bare"));
    CHECK(breaks({our_handle(handle_line), {true, "1", {}, {}}}, "a message before the answer"));
    CHECK(breaks({{false, handle_line, {0}, {SOCK_STREAM}}}, "we owe answers to handles: 1"));
    CHECK(breaks({{false, handle_line, {0}, {SOCK_STREAM}}}, "no answer to connection 1"));
    const std::string asks = R"({"cmd":"NODE_CLUSTER","act":"queryServer","data":{"k":1},"seq":5})";
    const std::string gets = R"({"cmd":"NODE_CLUSTER","ack":5,"data":null,"seq":6})";
    CHECK(breaks({{false, asks, {}, {}}, {true, gets, {}, {}}}, "no data for TLS"));
    const std::string leave = R"({"cmd":"NODE_CLUSTER","act":"disconnect","seq":7})";
    CHECK(breaks({{true, leave, {}, {}}, {true, leave, {}, {}}}, "a second disconnect"));
}

TEST_CASE("the recorder has nothing against a conversation as it should be", "[06]") {
    const std::string report =
        report_on({our_handle(handle_line),
                   {false, ack_line, {}, {}},
                   {true, "1", {}, {}},
                   {false, handle_line, {0}, {SOCK_STREAM}},
                   {true, ack_line, {}, {}},
                   {true, R"({"cmd":"NODE_CLUSTER","ack":1,"accepted":true})", {}, {}}});
    CHECK(report.find("broken") == report.npos);
    CHECK(report.find("ours accepted: 1\n") != report.npos);
}
