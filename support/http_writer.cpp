#include "support/http_writer.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace support {
namespace {

using reason = std::pair<int, std::string_view>;
constexpr std::array reasons{
    reason{100, "Continue"},
    reason{101, "Switching Protocols"},
    reason{200, "OK"},
    reason{201, "Created"},
    reason{202, "Accepted"},
    reason{204, "No Content"},
    reason{206, "Partial Content"},
    reason{301, "Moved Permanently"},
    reason{302, "Found"},
    reason{303, "See Other"},
    reason{304, "Not Modified"},
    reason{307, "Temporary Redirect"},
    reason{308, "Permanent Redirect"},
    reason{400, "Bad Request"},
    reason{401, "Unauthorized"},
    reason{403, "Forbidden"},
    reason{404, "Not Found"},
    reason{405, "Method Not Allowed"},
    reason{406, "Not Acceptable"},
    reason{408, "Request Timeout"},
    reason{409, "Conflict"},
    reason{410, "Gone"},
    reason{411, "Length Required"},
    reason{412, "Precondition Failed"},
    reason{413, "Content Too Large"},
    reason{414, "URI Too Long"},
    reason{415, "Unsupported Media Type"},
    reason{417, "Expectation Failed"},
    reason{421, "Misdirected Request"},
    reason{422, "Unprocessable Content"},
    reason{429, "Too Many Requests"},
    reason{431, "Request Header Fields Too Large"},
    reason{500, "Internal Server Error"},
    reason{501, "Not Implemented"},
    reason{502, "Bad Gateway"},
    reason{503, "Service Unavailable"},
    reason{504, "Gateway Timeout"},
    reason{505, "HTTP Version Not Supported"},
    reason{507, "Insufficient Storage"},
};

constexpr std::string_view plain_text = "Content-Type: text/plain; charset=utf-8\r\n";

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_status_line(std::string& out, int status) {
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::size_t>(status));
    out.append(" ").append(http_reason(status)).append("\r\n");
}

// The form of RFC 9110, 5.6.7. strftime would name the days in the user's language.
std::string date_field(std::time_t time) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    ::gmtime_r(&time, &utc);
    auto two = [](int number) {
        return std::string{static_cast<char>('0' + number / 10),
                           static_cast<char>('0' + number % 10)};
    };
    std::string text = "Date: ";
    text.append(days.at(static_cast<std::size_t>(utc.tm_wday))).append(", ");
    text.append(two(utc.tm_mday)).append(" ");
    text.append(months.at(static_cast<std::size_t>(utc.tm_mon))).append(" ");
    text.append(std::to_string(utc.tm_year + 1900)).append(" ");
    text.append(two(utc.tm_hour)).append(":").append(two(utc.tm_min)).append(":");
    return text.append(two(utc.tm_sec)).append(" GMT\r\n");
}

bool has_no_body(int status) {
    return status == 204 || status == 304 || status < 200;
}

}  // namespace

std::string_view http_reason(int status) {
    const auto* found =
        std::lower_bound(reasons.begin(), reasons.end(), status,
                         [](const reason& each, int wanted) { return each.first < wanted; });
    return found != reasons.end() && found->first == status ? found->second : "Unknown";
}

http_writer::http_writer(std::chrono::milliseconds keep_alive) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(keep_alive).count() - 1;
    if (seconds > 0) keep_alive_field_ = "Keep-Alive: timeout=" + std::to_string(seconds) + "\r\n";
    set_time(0);
}

void http_writer::set_time(std::time_t now) {
    if (now == time_) return;
    time_ = now;
    const std::string date = date_field(now);
    common_[static_cast<std::size_t>(http_after::stay)] = date + keep_alive_field_;
    common_[static_cast<std::size_t>(http_after::stay_10)] =
        date + "Connection: keep-alive\r\n" + keep_alive_field_;
    common_[static_cast<std::size_t>(http_after::close)] = date + "Connection: close\r\n";
}

void http_writer::append(std::string& out, const http_response& response, bool body,
                         http_after after) const {
    constexpr std::string_view ok = "HTTP/1.1 200 OK\r\n";
    if (response.status == 200) {
        out.append(ok);
    } else {
        append_status_line(out, response.status);
    }
    out.append(common_[static_cast<std::size_t>(after)]);
    out.append(response.field_lines());
    if (has_no_body(response.status)) {
        out.append("\r\n");
        return;
    }
    out.append(response.type_line().empty() ? plain_text : std::string_view(response.type_line()));
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n\r\n");
    if (body) out.append(response.body);
}

void http_writer::append_refusal(std::string& out, int status) const {
    http_response refusal;
    refusal.text(std::string(http_reason(status)) + "\n", status);
    append(out, refusal, true, http_after::close);
}

}  // namespace support
