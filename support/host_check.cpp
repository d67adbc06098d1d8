#include "support/host_check.hpp"

#include <array>
#include <string_view>

namespace support {
namespace {

std::string in_small_letters(std::string_view text) {
    std::string small(text);
    for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return small;
}

// Whether `authority` is this machine, as a browser writes it: with the port, except http's own.
bool is_ours(std::string_view authority, std::uint16_t port) {
    constexpr std::array<std::string_view, 3> names{"127.0.0.1", "localhost", "[::1]"};
    const std::string given = in_small_letters(authority);
    for (const std::string_view name : names) {
        if (given == std::string(name) + ":" + std::to_string(port)) return true;
        if (port == 80 && given == name) return true;
    }
    return false;
}

bool is_our_origin(std::string_view origin, std::uint16_t port) {
    constexpr std::string_view scheme = "http://";
    return in_small_letters(origin.substr(0, scheme.size())) == scheme &&
           is_ours(origin.substr(scheme.size()), port);
}

// The host in "GET http://here:80/ HTTP/1.1" rules over the field.
bool names_other_host(std::string_view target, std::uint16_t port) {
    const std::size_t scheme = target.find("://");
    if (target.starts_with('/') || scheme == std::string_view::npos) return false;
    const std::string_view rest = target.substr(scheme + 3);
    return !is_ours(rest.substr(0, rest.find_first_of("/?#")), port);
}

}  // namespace

std::optional<std::string> host_check(const http_request& request, std::uint16_t port) {
    if (!is_ours(request.header("host"), port) || names_other_host(request.target(), port)) {
        return "This page answers only as 127.0.0.1, localhost or [::1], with its port.";
    }
    if (request.method() == "GET" || request.method() == "HEAD") return std::nullopt;
    for (const http_request::field& each : request.headers()) {
        const std::string name = in_small_letters(each.name);
        const std::string site = in_small_letters(each.value);
        if (name == "origin" && !is_our_origin(each.value, port)) {
            return "This request comes from a page of another origin.";
        }
        if (name == "sec-fetch-site" && site != "same-origin" && site != "none") {
            return "The browser says that this request comes from another site.";
        }
    }
    if (request.header("x-requested-with").empty()) {
        return "The header field X-Requested-With is missing.";
    }
    return std::nullopt;
}

}  // namespace support
