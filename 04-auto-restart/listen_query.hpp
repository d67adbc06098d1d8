// What a worker says when it wants to listen, and the name under which its siblings share the
// socket.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "support/unique_fd.hpp"

namespace cluster {

using json = nlohmann::json;

/// What kind of socket is asked for.
enum class socket_type { tcp4, tcp6, unix_path, udp4, udp6, descriptor };

/// A worker's question: may I have this socket? Its fields are Node's, and so is their absence: it
/// counts for the key.
/// @source docs/wire-protocol.md, queryServer
struct listen_query {
    /// How often this worker has asked for the same address before, so that two servers on port 0
    /// are two.
    int index = 0;
    /// What a TLS server wants all its siblings to have; null for the others.
    json data = nullptr;
    /// An address in text, or a path; nothing means every address.
    std::optional<std::string> address;
    /// -1 for a path; nothing for a descriptor.
    std::optional<int> port = 0;
    socket_type type = socket_type::tcp4;
    /// The primary's descriptor to listen on; -1 for UDP; nothing for the others.
    std::optional<int> fd;
    /// 1: IPv6 only. For UDP also 4: share the address.
    std::optional<int> flags;
    std::optional<int> backlog;
    /// The worker is one of ours and can be passed connections in the fast way of stage 05. Node
    /// neither says nor heeds it.
    bool lane = false;

    /// "127.0.0.1:8000:4:undefined:0", in JavaScript's words. Who asks with an equal key gets the
    /// same socket, be it a Node worker or one of ours.
    [[nodiscard]] std::string key() const;

    [[nodiscard]] bool datagram() const {
        return type == socket_type::udp4 || type == socket_type::udp6;
    }

    /// How many finished connections the kernel shall keep: the backlog, or Node's number if none
    /// is asked for.
    [[nodiscard]] int queue_length() const;

    /// The fields of the message, without those that name it.
    [[nodiscard]] json to_json() const;
    /// Reads them; nothing if one is not of its type or out of its range.
    [[nodiscard]] static std::optional<listen_query> from_json(const json& message);
};

/// For a worker that asks for a TCP port. Which kind it is follows from the address.
/// @param address  IPv4 or IPv6 in text; empty for every address
[[nodiscard]] listen_query tcp_query(const std::string& address, std::uint16_t port);

/// Opens and binds what is asked for.
/// @param listening  whether it shall listen, too; where workers accept for themselves they start
///         to
/// @param share_port  whether other sockets may be bound to the same port (SO_REUSEPORT)
/// @throws std::system_error "bind …" EADDRINUSE, EACCES, EADDRNOTAVAIL, EBADF …; see
///         support/sockets.hpp
[[nodiscard]] support::unique_fd open_socket(const listen_query& query, bool listening,
                                             bool share_port = false);

}  // namespace cluster
