// Where a server listens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace net {

/// Where a server listens, and how.
struct listen_options {
    /// An IPv4 or IPv6 address in text. Empty: every address, IPv6 and IPv4 alike.
    std::string address{};
    /// 0 picks a free one: workers that ask alike get the same.
    std::uint16_t port = 0;
    /// A unix socket's file, instead of address and port.
    std::string path{};
    /// A socket that the primary has open already, by its number there, instead of all of the
    /// above. Alone: one of our own.
    std::optional<int> primary_fd{};
    /// "::", or no address, takes no IPv4. Without an address the primary is asked for "::".
    bool only_ipv6 = false;
    /// How many finished connections the kernel keeps for us; 0: 511. Counts for who asks first.
    int backlog = 0;
    /// The socket is this process's own, and the primary is not asked.
    bool exclusive = false;
    /// The most connections that may be open at a time; further ones go to other workers, or wait.
    std::size_t most_connections = SIZE_MAX;
};

/// Where a datagram socket is bound.
struct bind_options {
    /// As for a server; empty is 0.0.0.0.
    std::string address{};
    std::uint16_t port = 0;
    bool only_ipv6 = false;
    /// Others may bind the same address, too.
    bool share_address = false;
    bool exclusive = false;
};

}  // namespace net
