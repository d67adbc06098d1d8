#include "support/form.hpp"

#include "support/http_head.hpp"
#include "tests/catch.hpp"

namespace {

using support::cookie;
using support::form_value;

TEST_CASE("a field of a form is found by its name and decoded", "[support][form]") {
    const std::string text = "user=ada&te%78t=a+b%21%0A&flag&user=eve&=empty&x=1=2";
    CHECK(form_value(text, "user") == "ada");
    CHECK(form_value(text, "text") == "a b!\n");
    CHECK(form_value(text, "flag") == "");
    CHECK(form_value(text, "") == "empty");
    CHECK(form_value(text, "x") == "1=2");
    CHECK(form_value(text, "use") == std::nullopt);
    CHECK(form_value("", "user") == std::nullopt);
    CHECK(form_value("&&&user=ada", "user") == "ada");
}

TEST_CASE("a form may hold any byte, and a percent sign that means nothing", "[support][form]") {
    CHECK(form_value("x=%00%ff%C3%A4", "x") == std::string("\0\xff\xc3\xa4", 4));
    CHECK(form_value("x=%", "x") == "%");
    CHECK(form_value("x=%4", "x") == "%4");
    CHECK(form_value("x=%zz%-1%+1", "x") == "%zz%-1% 1");
    CHECK(form_value("x=%2B%2b", "x") == "++");
    CHECK(form_value("x=%2541", "x") == "%41");
}

TEST_CASE("only the first hundred fields of a form are looked at", "[support][form]") {
    const auto behind = [](int fields) {
        std::string text;
        for (int i = 0; i < fields; ++i) text += "a&";
        return form_value(text + "x=1", "x");
    };
    CHECK(behind(99) == "1");
    CHECK(behind(100) == std::nullopt);
}

TEST_CASE("a cookie is found by its name", "[support][form]") {
    struct row {
        const char* field;
        const char* session;  // null: there is none
    };
    const row each = GENERATE(
        row{"session=abc", "abc"}, row{"a=1; session=abc; b=2", "abc"},
        row{"a=1;session=abc", "abc"}, row{"session=abc; session=def", "abc"}, row{"session=", ""},
        row{"session=a=b", "a=b"}, row{"session=\"abc\"", "\"abc\""}, row{"session=a b", "a b"},
        row{"xsession=abc", nullptr}, row{"Session=abc", nullptr}, row{"a=session=abc", nullptr},
        row{"session", nullptr}, row{"sessions=abc", nullptr}, row{"", nullptr},
        row{";;;", nullptr}, row{"=abc", nullptr});
    CAPTURE(each.field);
    support::http_request request;
    support::http_framing framing;
    const std::string head =
        "GET / HTTP/1.1\r\nHost: here\r\nCookie: " + std::string(each.field) + "\r\n\r\n";
    REQUIRE(parse_http_head(head, request, framing) == 0);
    const auto found = cookie(request, "session");
    CHECK(found.has_value() == (each.session != nullptr));
    CHECK(found.value_or("") == (each.session != nullptr ? each.session : ""));
}

TEST_CASE("a request without a Cookie field has no cookies", "[support][form]") {
    support::http_request request;
    support::http_framing framing;
    REQUIRE(parse_http_head("GET / HTTP/1.1\r\nHost: here\r\n\r\n", request, framing) == 0);
    CHECK(cookie(request, "session") == std::nullopt);
}

}  // namespace
