#include "support/http_response.hpp"

#include <stdexcept>

#include "support/http_writer.hpp"
#include "tests/catch.hpp"

namespace {

using support::http_after;
using support::http_response;
using support::http_writer;

std::string written(const http_response& response, bool body = true,
                    http_after after = http_after::stay) {
    http_writer writer(std::chrono::seconds(5));
    writer.set_time(784111777);
    std::string out;
    writer.append(out, response, body, after);
    return out;
}

TEST_CASE("an answer has its length, its type, the date and how long the connection stays",
          "[support][http]") {
    http_response response;
    response.text("hello\n");
    CHECK(written(response) ==
          "HTTP/1.1 200 OK\r\n"
          "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
          "Keep-Alive: timeout=4\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n"
          "Content-Length: 6\r\n\r\nhello\n");
}

TEST_CASE("an answer says what becomes of the connection", "[support][http]") {
    const http_response response;
    CHECK(written(response, true, http_after::close).find("\r\nConnection: close\r\n") !=
          std::string::npos);
    CHECK(written(response, true, http_after::close).find("Keep-Alive") == std::string::npos);
    CHECK(written(response, true, http_after::stay_10).find("\r\nConnection: keep-alive\r\n") !=
          std::string::npos);
}

TEST_CASE("an answer to HEAD has the length of a body but no body", "[support][http]") {
    http_response response;
    response.text("hello\n");
    const std::string bytes = written(response, false);
    CHECK(bytes.find("Content-Length: 6\r\n\r\n") == bytes.size() - 21);
}

TEST_CASE("an answer that cannot have a body has none and no length", "[support][http]") {
    http_response response;
    response.text("hello\n", GENERATE(204, 304));
    const std::string bytes = written(response);
    CHECK(bytes.find("Content-Length") == std::string::npos);
    CHECK(bytes.find("hello") == std::string::npos);
}

TEST_CASE("header fields and the type of an answer are the program's", "[support][http]") {
    http_response response;
    response.send("application/json", "{}", 201);
    response.header("X-One", "1");
    response.header("Set-Cookie", "a=b; HttpOnly");
    const std::string bytes = written(response);
    CHECK(bytes.find("HTTP/1.1 201 Created\r\n") == 0);
    CHECK(bytes.find("\r\nX-One: 1\r\nSet-Cookie: a=b; HttpOnly\r\n") != std::string::npos);
    CHECK(bytes.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
    CHECK(bytes.find("text/plain") == std::string::npos);
}

TEST_CASE("a header field that would break the head is refused", "[support][http]") {
    http_response response;
    CHECK_THROWS_AS(response.header("X", "a\r\nSet-Cookie: b"), std::invalid_argument);
    CHECK_THROWS_AS(response.header("X", "a\nb"), std::invalid_argument);
    CHECK_THROWS_AS(response.header("X: a\r\nY", "b"), std::invalid_argument);
    CHECK_THROWS_AS(response.header("", "b"), std::invalid_argument);
    CHECK_THROWS_AS(response.send("text/html\r\n", ""), std::invalid_argument);
    CHECK(response.field_lines().empty());
}

TEST_CASE("statuses have their names", "[support][http]") {
    CHECK(support::http_reason(200) == "OK");
    CHECK(support::http_reason(404) == "Not Found");
    CHECK(support::http_reason(507) == "Insufficient Storage");
    CHECK(support::http_reason(299) == "Unknown");
    CHECK(support::http_reason(999) == "Unknown");
}

}  // namespace
