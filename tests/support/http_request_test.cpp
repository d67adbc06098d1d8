#include "support/http_request.hpp"

#include "support/http_head.hpp"
#include "tests/catch.hpp"

namespace {

using support::http_framing;
using support::http_request;

http_request request_for(const std::string& head) {
    http_request request;
    http_framing framing;
    REQUIRE(parse_http_head(head, request, framing) == 0);
    return request.copy();
}

http_request request_to(const std::string& target) {
    return request_for("GET " + target + " HTTP/1.1\r\nHost: here\r\nX-One: 1\r\nx-one: 2\r\n\r\n");
}

TEST_CASE("the path is the target without scheme, host and query", "[support][http]") {
    CHECK(request_to("/").path() == "/");
    CHECK(request_to("/a/b?c=/d").path() == "/a/b");
    CHECK(request_to("/a%20b").path() == "/a%20b");
    CHECK(request_to("http://here:80/a?b").path() == "/a");
    CHECK(request_to("http://here").path() == "/");
    CHECK(request_to("http://here?b").path() == "/");
    CHECK(request_to("/go?to=http://there/x").path() == "/go");
    CHECK(request_for("OPTIONS * HTTP/1.1\r\nHost: here\r\n\r\n").path() == "*");
}

TEST_CASE("a query parameter is found by its name and decoded", "[support][http]") {
    const http_request request =
        request_to("/a?one=1&t%77o=a+b%2Bc%26&flag&bad=%zz%4&one=2&=empty");
    CHECK(request.query("one") == "1");
    CHECK(request.query("two") == "a b+c&");
    CHECK(request.query("flag") == "");
    CHECK(request.query("bad") == "%zz%4");
    CHECK(request.query("") == "empty");
    CHECK(request.query("ne") == std::nullopt);
    CHECK(request_to("/a").query("one") == std::nullopt);
    CHECK(request_to("/a?").query("one") == std::nullopt);
}

TEST_CASE("a header field is found in whatever case it is written", "[support][http]") {
    const http_request request = request_to("/");
    CHECK(request.header("X-ONE") == "1");
    CHECK(request.header("host") == "here");
    CHECK(request.header("X-On").empty());
    CHECK(request.headers().size() == 3);
}

TEST_CASE("a copied request does not need the bytes it was read from", "[support][http]") {
    auto bytes = std::make_unique<std::string>("PUT /a?b HTTP/1.0\r\nHost: here\r\n\r\n");
    http_request original;
    http_framing framing;
    REQUIRE(parse_http_head(*bytes, original, framing) == 0);
    http_request copy = original.copy();
    bytes.reset();
    const http_request moved = std::move(copy);
    CHECK(moved.method() == "PUT");
    CHECK(moved.target() == "/a?b");
    CHECK(moved.header("Host") == "here");
    CHECK(moved.version() == 10);
    CHECK_FALSE(moved.keep_alive());
    CHECK(moved.body().empty());
}

}  // namespace
