#include "support/http_head.hpp"

#include "tests/catch.hpp"

namespace {

using support::http_framing;
using support::http_head_end;
using support::http_limits;
using support::http_request;

// The status that `head` is refused with; 0 if it is answered, -1 if more is awaited.
int judged(const std::string& head, const http_limits& limits = {}) {
    const auto [size, status] = http_head_end().find(head, limits);
    if (status != 0) return status;
    if (size == 0) return -1;
    http_request request;
    http_framing framing;
    return parse_http_head(std::string_view(head).substr(0, size), request, framing);
}

std::string with(const std::string& fields) {
    return "POST /a HTTP/1.1\r\nHost: here\r\n" + fields + "\r\n";
}

TEST_CASE("a head that follows the grammar is answered", "[support][http]") {
    const std::string good =
        GENERATE("GET / HTTP/1.1\r\nHost: here\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
                 "GET / HTTP/1.0\r\nHost: here\r\n\r\n", "GET / HTTP/1.1\r\nhOsT:here\r\n\r\n",
                 "GET / HTTP/1.1\r\nHost:\r\n\r\n", "BREW /pot HTTP/1.1\r\nHost: here\r\n\r\n",
                 "OPTIONS * HTTP/1.1\r\nHost: here\r\n\r\n",
                 "GET http://here/a?b HTTP/1.1\r\nHost: here\r\n\r\n",
                 "GET / HTTP/1.1\r\nHost: here\r\nX: \t a b \t\r\n\r\n",
                 "GET / HTTP/1.1\r\nHost: here\r\nX: \xe4\xf6\r\n\r\n");
    CAPTURE(good);
    CHECK(judged(good) == 0);
}

TEST_CASE("the same Content-Length twice is one", "[support][http]") {
    CHECK(judged(with("Content-Length: 3\r\nContent-Length: 3\r\n")) == 0);
}

TEST_CASE("a request line of 8 KiB is answered and one byte more is 414", "[support][http]") {
    const std::string rest = "\r\nHost: here\r\n\r\n";
    const std::string frame = "GET / HTTP/1.1";
    const auto line = [&](std::size_t size) {
        return "GET /" + std::string(size - frame.size(), 'a') + " HTTP/1.1";
    };
    CHECK(judged(line(8192) + rest) == 0);
    CHECK(judged(line(8193) + rest) == 414);
    CHECK(judged(std::string(8193, 'a')) == -1);  // a CR and an LF may follow
    CHECK(judged(std::string(8194, 'a')) == 414);
}

TEST_CASE("a head of 16 KiB is answered and one byte more is 431", "[support][http]") {
    const auto head = [](std::size_t size) {
        std::string text = with("X: \r\n");
        text.insert(text.size() - 4, size - text.size(), 'x');
        return text;
    };
    REQUIRE(head(16 * 1024).size() == 16 * 1024);
    CHECK(judged(head(16 * 1024)) == 0);
    CHECK(judged(head(16 * 1024 + 1)) == 431);
    CHECK(judged(head(20 * 1024).substr(0, 16 * 1024)) == 431);
    CHECK(judged(head(20 * 1024).substr(0, 16 * 1024 - 1)) == -1);
}

TEST_CASE("100 fields are answered and 101 are 431", "[support][http]") {
    std::string fields;
    for (int i = 0; i < 99; ++i) fields += "X: y\r\n";
    CHECK(judged(with(fields)) == 0);
    CHECK(judged(with(fields + "X: y\r\n")) == 431);
}

TEST_CASE("a head is found the same way when it comes byte by byte", "[support][http]") {
    const std::string input = with("X: y\r\n") + "behind";
    http_head_end end;
    for (std::size_t size = 0; size < input.size() - 6; ++size) {
        const auto found = end.find(std::string_view(input).substr(0, size), {});
        CHECK(found.size == 0);
        CHECK(found.status == 0);
    }
    CHECK(end.find(input, {}).size == input.size() - 6);
}

TEST_CASE("a head says how its body is to be read", "[support][http]") {
    http_request request;
    http_framing framing;
    REQUIRE(parse_http_head(with("Content-Length: 12\r\n"), request, framing) == 0);
    CHECK(framing.length == 12);
    CHECK_FALSE(framing.chunked);
    CHECK_FALSE(framing.expects_continue);
    REQUIRE(parse_http_head(with("Transfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n"), request,
                            framing) == 0);
    CHECK(framing.length == 0);
    CHECK(framing.chunked);
    CHECK(framing.expects_continue);
}

TEST_CASE("keep-alive is the default of HTTP/1.1 and an offer in HTTP/1.0", "[support][http]") {
    http_request request;
    http_framing framing;
    const auto stays = [&](const std::string& head) {
        REQUIRE(parse_http_head(head, request, framing) == 0);
        return request.keep_alive();
    };
    CHECK(stays(with("")));
    CHECK_FALSE(stays(with("Connection: close\r\n")));
    CHECK_FALSE(stays(with("Connection: TE, Close\r\n")));
    CHECK_FALSE(stays("GET / HTTP/1.0\r\n\r\n"));
    CHECK(stays("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

}  // namespace
