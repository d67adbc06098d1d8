#include "support/host_check.hpp"

#include "support/http_head.hpp"
#include "tests/catch.hpp"

namespace {

constexpr std::uint16_t page_port = 8001;

std::optional<std::string> judged_stranger(const std::string& head,
                                           std::uint16_t port = page_port) {
    support::http_request request;
    support::http_framing framing;
    if (parse_http_head(head, request, framing) != 0) return "not answered by any server";
    return support::host_check(request, port);
}

std::string page_request(const std::string& host) {
    return "GET /events HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
}

TEST_CASE("a request that names this machine and the port is answered", "[support][host]") {
    const std::string host =
        GENERATE("127.0.0.1:8001", "localhost:8001", "LocalHost:8001", "[::1]:8001");
    CAPTURE(host);
    CHECK(judged_stranger(page_request(host)) == std::nullopt);
    CHECK(judged_stranger("HEAD / HTTP/1.0\r\nHost: " + host + "\r\n\r\n") == std::nullopt);
    CHECK(judged_stranger("GET http://" + host + "/x HTTP/1.1\r\nHost: " + host + "\r\n\r\n") ==
          std::nullopt);
}

TEST_CASE("a request that names another host is refused, as after DNS rebinding",
          "[support][host]") {
    const std::string host = GENERATE(
        "", "evil.example:8001", "127.0.0.1", "127.0.0.1:", "127.0.0.1:8000", "127.0.0.1:08001",
        "localhost", "localhost:80010", "localhost.:8001", "localhost.evil.example:8001",
        "127.0.0.1.evil.example:8001", "127.0.0.2:8001", "0.0.0.0:8001", "[::]:8001", "::1:8001",
        "[::ffff:127.0.0.1]:8001", "user@127.0.0.1:8001", "127.1:8001", "2130706433:8001",
        "127.0.0.1:8001, evil.example", "127.0.0.1:8001/");
    CAPTURE(host);
    CHECK(judged_stranger(page_request(host)));
}

TEST_CASE("the host in the target rules over the field", "[support][host]") {
    const std::string target = GENERATE("http://evil.example/", "http://evil.example:8001/",
                                        "http://127.0.0.1/", "http://127.0.0.1:8001@evil.example/",
                                        "https://evil.example?http://127.0.0.1:8001/");
    CAPTURE(target);
    CHECK(judged_stranger("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:8001\r\n\r\n"));
}

TEST_CASE("a port other than its own is not left out by a browser", "[support][host]") {
    CHECK(judged_stranger(page_request("localhost"), 80) == std::nullopt);
    CHECK(judged_stranger(page_request("localhost:80"), 80) == std::nullopt);
    CHECK(judged_stranger(page_request("localhost:8001"), 80));
}

TEST_CASE("a request without Host is refused", "[support][host]") {
    CHECK(judged_stranger("GET / HTTP/1.0\r\n\r\n"));
}

TEST_CASE("an action needs a page of ours behind it", "[support][host]") {
    struct row {
        std::string fields;
        bool answered;
    };
    static const std::string own = "X-Requested-With: dashboard\r\n";
    const row each = GENERATE(
        row{own, true}, row{own + "Origin: http://127.0.0.1:8001\r\n", true},
        row{own + "Origin: http://localhost:8001\r\n", true},
        row{own + "Origin: HTTP://LOCALHOST:8001\r\n", true},
        row{own + "Origin: http://[::1]:8001\r\nSec-Fetch-Site: same-origin\r\n", true},
        row{own + "Sec-Fetch-Site: none\r\n", true},
        // A form of a foreign page: the browser adds Origin, the page cannot add the other.
        row{"Origin: http://evil.example\r\n", false}, row{"", false},
        row{"X-Requested-With:\r\n", false}, row{"Origin: http://127.0.0.1:8001\r\n", false},
        row{own + "Origin: http://evil.example\r\n", false}, row{own + "Origin: null\r\n", false},
        row{own + "Origin:\r\n", false}, row{own + "Origin: https://127.0.0.1:8001\r\n", false},
        row{own + "Origin: http://127.0.0.1:8000\r\n", false},
        row{own + "Origin: http://127.0.0.1\r\n", false},
        row{own + "Origin: http://127.0.0.1:8001.evil.example\r\n", false},
        row{own + "Origin: http://127.0.0.1:8001/\r\n", false},
        row{own + "Origin: http://127.0.0.1:8001\r\nOrigin: http://evil.example\r\n", false},
        row{own + "Sec-Fetch-Site: cross-site\r\n", false},
        row{own + "Sec-Fetch-Site: same-site\r\n", false}, row{own + "Sec-Fetch-Site:\r\n", false});
    CAPTURE(each.fields);
    const std::string method = GENERATE("POST", "PUT", "DELETE", "BREW", "get");
    const auto refusal = judged_stranger(
        method + " /actions/crash HTTP/1.1\r\nHost: 127.0.0.1:8001\r\n" + each.fields + "\r\n");
    CHECK(refusal.has_value() != each.answered);
}

}  // namespace
