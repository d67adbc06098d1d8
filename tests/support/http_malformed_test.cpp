// Requests that break a rule or a limit, and the status that each is refused with.
//
// Lengths, codings and chunks have a table of their own, http_smuggling_test.cpp; what takes too
// long stands in http_limits_test.cpp.
#include "tests/support/http_malformed.hpp"

namespace {

using tests::bytes;
using tests::check_all;
using tests::malformed_table;
using tests::with_fields;
using tests::with_line;

malformed_table request_lines() {
    return {
        {"no version", with_line("GET /"), 400},
        {"no target", with_line("GET  HTTP/1.1"), 400},
        {"nothing but a version", with_line("HTTP/1.1"), 400},
        {"space before the method", with_line(" GET / HTTP/1.1"), 400},
        {"two spaces before the target", with_line("GET  / HTTP/1.1"), 400},
        {"two spaces behind the target", with_line("GET /  HTTP/1.1"), 400},
        {"space behind the version", with_line("GET / HTTP/1.1 "), 400},
        {"space in the target", with_line("GET /a b HTTP/1.1"), 400},
        {"tab for a space", with_line("GET\t/ HTTP/1.1"), 400},
        {"tab in the target", with_line("GET /\t HTTP/1.1"), 400},
        {"vertical tab for a space", with_line("GET /\vHTTP/1.1"), 400},
        {"NUL in the method", with_line(bytes("G\0T / HTTP/1.1", 14)), 400},
        {"CONNECT", with_line("CONNECT here:443 HTTP/1.1"), 501},
        {"NUL in the target", with_line(bytes("GET /\0 HTTP/1.1", 15)), 400},
        {"DEL in the target", with_line("GET /\x7f HTTP/1.1"), 400},
        {"method that is no token", with_line("G(T / HTTP/1.1"), 400},
        {"method in foreign letters", with_line("G\xc3\x84T / HTTP/1.1"), 400},
        {"target without a slash", with_line("GET a HTTP/1.1"), 400},
        {"target with a backslash first", with_line("GET \\a HTTP/1.1"), 400},
        {"scheme without a host", with_line("GET http:///a HTTP/1.1"), 400},
        {"host in the target that is none", with_line("GET http://you@here/ HTTP/1.1"), 400},
        {"star for another method than OPTIONS", with_line("GET * HTTP/1.1"), 400},
        {"version in small letters", with_line("GET / http/1.1"), 400},
        {"version of another protocol", with_line("GET / RTSP/1.0"), 400},
        {"version with a comma", with_line("GET / HTTP/1,1"), 400},
        {"version with one number", with_line("GET / HTTP/1"), 400},
        {"version with two digits", with_line("GET / HTTP/1.10"), 400},
        {"version with a sign", with_line("GET / HTTP/+1.1"), 400},
        {"version with a tail", with_line("GET / HTTP/1.1x"), 400},
        {"HTTP/0.9", with_line("GET / HTTP/0.9"), 505},
        {"HTTP/1.2", with_line("GET / HTTP/1.2"), 505},
        {"HTTP/2.0", with_line("GET / HTTP/2.0"), 505},
        {"HTTP/3.0", with_line("GET / HTTP/3.0"), 505},
        {"the greeting of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"bare LF behind it", "GET / HTTP/1.1\nHost: here\r\n\r\n", 400},
        {"bare CR behind it", "GET / HTTP/1.1\rHost: here\r\n\r\n", 400},
        {"bare LFs before it", "\n\n" + tests::get_hello, 400},
        {"many empty lines before it", tests::empty_lines(20) + tests::get_hello, 400},
        {"TLS", bytes("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), 400},
        {"SSH", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 400},
        {"the PROXY protocol", "PROXY TCP4 127.0.0.1 127.0.0.1 4711 80\r\n" + tests::get_hello,
         400},
        {"zeros", std::string(64, '\0') + "\r\n\r\n", 400},
    };
}

malformed_table field_lines() {
    return {
        {"space before the colon", with_fields("X : a\r\n"), 400},
        {"tab before the colon", with_fields("X\t: a\r\n"), 400},
        {"space in a name", with_fields("X Y: a\r\n"), 400},
        {"NUL in a name", with_fields(bytes("X\0: a\r\n", 7)), 400},
        {"letter that no name has", with_fields("X\xc3\x84: a\r\n"), 400},
        {"no name", with_fields(": a\r\n"), 400},
        {"no colon", with_fields("X\r\n"), 400},
        {"colon on the next line", with_fields("X\r\n: a\r\n"), 400},
        {"NUL in a value", with_fields(bytes("X: a\0b\r\n", 8)), 400},
        {"control character in a value", with_fields("X: a\x01\r\n"), 400},
        {"DEL in a value", with_fields("X: a\x7f\r\n"), 400},
        {"CR in a value", with_fields("X: a\rb\r\n"), 400},
        {"CR before the line end", with_fields("X: a\r\r\n"), 400},
        {"bare LF behind a field", with_fields("X: a\nY: b\r\n"), 400},
        {"bare LF as the empty line", "GET / HTTP/1.1\r\nHost: here\r\n\n" + tests::smuggled, 400},
        {"bare CR as the empty line", "GET / HTTP/1.1\r\nHost: here\r\n\r" + tests::smuggled, 400},
        {"folded line", with_fields("X: a\r\n b\r\n"), 400},
        {"line folded with a tab", with_fields("X: a\r\n\tb\r\n"), 400},
        {"line folded to nothing", with_fields("X: a\r\n \r\n"), 400},
        {"fold before the first field", "GET / HTTP/1.1\r\n Host: here\r\n\r\n", 400},
    };
}

malformed_table hosts() {
    return {
        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"Host twice", with_fields("Host: there\r\n"), 400},
        {"the same Host twice", with_fields("hOST: here\r\n"), 400},
        {"Host twice in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"Host folded", tests::with_host("\r\n here"), 400},
        {"Host with a space", tests::with_host("here there"), 400},
        {"Host with a path", tests::with_host("here/there"), 400},
        {"Host with a query", tests::with_host("here?there"), 400},
        {"Host with a user", tests::with_host("you@here"), 400},
        {"Host with a backslash", tests::with_host("here\\there"), 400},
        {"Host with two ports", tests::with_host("here:80:81"), 400},
        {"Host with a port that is none", tests::with_host("here:80x"), 400},
        {"Host with a bracket that does not close", tests::with_host("[::1"), 400},
        {"Host with foreign letters", tests::with_host("h\xc3\xa4r"), 400},
        {"absolute target and no Host", "GET http://here/ HTTP/1.1\r\n\r\n", 400},
        {"absolute target and two", with_line("GET http://here/ HTTP/1.1\r\nHost: there"), 400},
    };
}

malformed_table too_much() {
    std::string many;
    for (int i = 0; i < 100; ++i) many += "X: y\r\n";
    const std::string long_text(17'000, 'x');
    return {
        {"request line of more than 8 KiB", with_line("GET /" + long_text + " HTTP/1.1"), 414},
        {"request line without end", long_text, 414},
        {"method without end", std::string(17'000, 'G'), 414},
        {"head of more than 16 KiB", with_fields("X: " + long_text + "\r\n"), 431},
        {"field without end", "GET / HTTP/1.1\r\nX: " + long_text, 431},
        {"101 fields", with_fields(many), 431},
        {"length of more than 1 MiB", tests::with_length("1048577"), 413},
        {"length of almost 64 bits", tests::with_length("18446744073709551615"), 413},
        {"chunk of more than 1 MiB", tests::with_chunks("100001\r\nhello"), 413},
        {"chunk of almost 64 bits", tests::with_chunks("fffffffffffffffe\r\nhello"), 413},
        {"chunk of more than 64 bits", tests::with_chunks("10000000000000005\r\nhello"), 413},
        {"size of a chunk without end", tests::with_chunks(std::string(17'000, '0')), 400},
        {"extension without end", tests::with_chunks("5;" + long_text), 431},
        {"trailer without end", tests::with_chunks("0\r\nX: " + long_text), 431},
    };
}

// Forms that look odd and have one meaning.
malformed_table odd_but_clear() {
    return {
        {"HTTP/1.0 without Host", "GET /a HTTP/1.0\r\n\r\n", 200},
        {"empty Host", tests::with_host(""), 200},
        {"Host with a port", tests::with_host("here:80"), 200},
        {"Host with an empty port", tests::with_host("here:"), 200},
        {"Host that is an IPv6 address", tests::with_host("[::1]:80"), 200},
        {"absolute target with another Host", with_line("GET http://there/a HTTP/1.1"), 200},
        {"an empty line before it", "\r\n" + tests::get_hello, 200},
        {"method that nobody knows", with_line("BREW /pot HTTP/1.1"), 200},
        {"OPTIONS for all", with_line("OPTIONS * HTTP/1.1"), 200},
        {"tabs and spaces around a value", with_fields("X: \t a \t\r\n"), 200},
        {"bytes beyond ASCII in a value", with_fields("X: \xe4\xf6\r\n"), 200},
    };
}

TEST_CASE("a request that breaks a rule is refused", "[support][http]") {
    check_all(request_lines());
    check_all(field_lines());
    check_all(hosts());
}

TEST_CASE("a request that is too much for us is refused as soon as that is known",
          "[support][http]") {
    for (const tests::malformed& row : too_much()) tests::check_row(row, tests::coming::together);
}

TEST_CASE("a request that breaks no rule is answered, odd as it looks", "[support][http]") {
    check_all(odd_but_clear());
}

}  // namespace
