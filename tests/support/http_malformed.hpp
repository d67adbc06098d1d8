// Requests that are wrong, and what each must come to over a connection of its own.
#pragma once

#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/support/http_client.hpp"

namespace tests {

struct malformed {
    const char* why;
    std::string request;
    int status;
};
using malformed_table = std::vector<malformed>;

// What hides behind a request and must never be answered.
inline const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: here\r\n\r\n";

inline std::string with_line(const std::string& line) {
    return line + "\r\nHost: here\r\n\r\n";
}
inline std::string with_fields(const std::string& fields) {
    return "POST /a HTTP/1.1\r\nHost: here\r\n" + fields + "\r\n";
}
inline std::string with_length(const std::string& value) {
    return with_fields("Content-Length:" + value + "\r\n") + "hello" + smuggled;
}
inline std::string with_coding(const std::string& field) {
    return with_fields(field + "\r\n") + "5\r\nhello\r\n0\r\n\r\n";
}
inline std::string with_chunks(const std::string& body) {
    return with_fields("Transfer-Encoding: chunked\r\n") + body;
}
inline std::string with_host(const std::string& value) {
    return "GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n";
}
inline std::string empty_lines(int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += "\r\n";
    return lines;
}
inline std::string bytes(const char* text, std::size_t size) {
    return {text, size};
}

// A server that keeps what it was asked for.
struct listening_site : http_site {
    listening_site()
        : http_site(tests::no_time_limits(),
                    [this](const support::http_request& request, support::http_reply& reply) {
                        asked.emplace_back(request.target());
                        reply.text(request.body());
                    }) {}
    std::vector<std::string> asked;
};

// Refused requests and their end must look the same however their bytes come.
enum class coming { together, one_by_one };

inline void send_as(http_client& client, http_site& site, const std::string& request, coming how) {
    if (how == coming::together) return client.send(request);
    for (const char byte : request) {
        if (::send(client.fd(), &byte, 1, MSG_NOSIGNAL) < 0) return;  // it is refused by now
        site.io.poll();
    }
}

inline void check_row(const malformed& row, coming how) {
    CAPTURE(row.why, row.request.substr(0, 200));
    listening_site site;
    http_client client = site.connect();
    send_as(client, site, row.request, how);
    const http_answer answer = client.receive();
    CHECK(answer.status == row.status);
    if (answer.status != row.status) return;
    CHECK(site.asked.size() == (row.status == 200 ? 1 : 0));
    if (row.status != 200) {
        CHECK(answer.closes());
        CHECK(client.ends());
    }
    client.close();
    http_client next = site.connect();
    CHECK(next.ask(get("/next")).status == 200);
    CHECK(site.asked.back() == "/next");
}

inline void check_all(const malformed_table& table) {
    for (const malformed& row : table) {
        check_row(row, coming::together);
        check_row(row, coming::one_by_one);
    }
}

}  // namespace tests
