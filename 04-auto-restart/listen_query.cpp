#include "04-auto-restart/listen_query.hpp"

#include <sys/socket.h>

#include <array>
#include <utility>

#include "support/sockets.hpp"
#include "support/syscall.hpp"

namespace cluster {
namespace {

// As they stand in a message, in the order of socket_type.
const std::array<json, 6>& wire_types() {
    static const std::array<json, 6> names{4, 6, -1, "udp4", "udp6", nullptr};
    return names;
}

const json& wire_type(socket_type type) {
    return wire_types()[static_cast<std::size_t>(type)];
}

// How JavaScript joins a value into a text.
std::string text_of(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

template <class Value>
json or_null(const std::optional<Value>& value) {
    return value ? json(*value) : json(nullptr);
}

// A number in a message: nothing for null or absence, and no query at all for anything else.
struct malformed {};
std::optional<int> number(const json& message, const char* field, int least, int most) {
    const auto found = message.find(field);
    if (found == message.end() || found->is_null()) return std::nullopt;
    if (found->is_boolean() && !found->get<bool>()) return std::nullopt;  // Node: backlog: false
    if (!found->is_number_integer()) throw malformed();
    // A double holds every number that is in range, and none that is not: an integer would wrap.
    const auto value = found->get<double>();
    if (value < least || value > most) throw malformed();
    return static_cast<int>(value);
}

socket_type type_of(const json& message) {
    const auto found = message.find("addressType");
    if (found == message.end()) throw malformed();
    for (std::size_t n = 0; n < wire_types().size(); ++n) {
        if (*found == wire_types()[n]) return static_cast<socket_type>(n);
    }
    throw malformed();
}

constexpr int only_ipv6 = 1;
constexpr int share_address = 4;
constexpr int most = 0x7fffffff;

support::unique_fd bind_ip(const listen_query& query, bool share_port) {
    const int flags = query.flags.value_or(0);
    const support::bind_options options{.only_ipv6 = (flags & only_ipv6) != 0,
                                        .share_port = share_port,
                                        .share_address = (flags & share_address) != 0};
    const auto port = static_cast<std::uint16_t>(query.port.value_or(0));
    const auto bind = [&](const std::string& address) {
        return query.datagram() ? support::bind_udp(address, port, options)
                                : support::bind_tcp(address, port, options);
    };
    if (query.address) return bind(*query.address);
    if (query.type == socket_type::udp4) return bind("0.0.0.0");
    try {
        return bind("::");
    } catch (const std::system_error& error) {
        const bool no_ipv6 = error.code() == std::errc::address_family_not_supported ||
                             error.code() == std::errc::address_not_available;
        if (!no_ipv6) throw;
        return bind("0.0.0.0");
    }
}

}  // namespace

std::string listen_query::key() const {
    return text_of(or_null(address)) + ':' + text_of(or_null(port)) + ':' +
           text_of(wire_type(type)) + ':' + (fd ? std::to_string(*fd) : "undefined") + ':' +
           std::to_string(index);
}

int listen_query::queue_length() const {
    const int asked = backlog.value_or(0);
    return asked > 0 ? asked : support::default_backlog;
}

json listen_query::to_json() const {
    json fields{{"index", index},
                {"data", data},
                {"address", or_null(address)},
                {"port", or_null(port)},
                {"addressType", wire_type(type)}};
    if (fd) fields["fd"] = *fd;
    if (flags) fields["flags"] = *flags;
    if (backlog) fields["backlog"] = *backlog;
    if (lane) fields["lane"] = true;
    return fields;
}

std::optional<listen_query> listen_query::from_json(const json& message) try {
    listen_query query;
    query.index = number(message, "index", 0, most).value_or(0);
    query.data = message.value("data", json());
    query.type = type_of(message);
    query.port = number(message, "port", -1, 65535);
    query.fd = number(message, "fd", -1, most);
    query.flags = number(message, "flags", 0, most);
    query.backlog = number(message, "backlog", 0, most);
    const auto lane = message.find("lane");
    query.lane = lane != message.end() && *lane == true;
    if (const auto found = message.find("address"); found != message.end() && !found->is_null()) {
        if (!found->is_string()) return std::nullopt;
        query.address = found->get<std::string>();
    }
    if (query.type == socket_type::unix_path && !query.address) return std::nullopt;
    if (query.type == socket_type::descriptor && query.fd.value_or(-1) < 0) return std::nullopt;
    return query;
} catch (const malformed&) {
    return std::nullopt;
}

listen_query tcp_query(const std::string& address, std::uint16_t port) {
    listen_query query;
    query.port = port;
    if (address.empty()) return query;
    query.address = address;
    query.flags = 0;  // Node leaves them out when no host was given
    if (address.find(':') != std::string::npos) query.type = socket_type::tcp6;
    return query;
}

support::unique_fd open_socket(const listen_query& query, bool listening, bool share_port) {
    support::unique_fd socket;
    if (query.type == socket_type::descriptor) {
        socket = support::duplicate(*query.fd);
    } else if (query.type == socket_type::unix_path) {
        socket = support::bind_unix(*query.address);
    } else {
        socket = bind_ip(query, share_port);
    }
    if (listening && !query.datagram()) {
        support::check("listen", ::listen(socket.get(), query.queue_length()));
    }
    return socket;
}

}  // namespace cluster
