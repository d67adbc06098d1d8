// An open socket on its way to another process.
#pragma once

#include <string>
#include <string_view>

#include "support/unique_fd.hpp"

namespace child_process {

/// What a handle is to the process that gets it.
enum class handle_kind {
    server,    ///< a bound TCP or unix stream socket, usually listening
    socket,    ///< a connected TCP socket
    datagram,  ///< a bound UDP socket
    pipe,      ///< a connected unix stream socket
};

/// Owns a socket of a kind that may be passed, and knows the name of that kind on the wire.
///
/// A handle cannot hold anything else: not a file, not a terminal. That is a promise to the peer: a
/// Node process aborts when it is passed a descriptor that is no socket.
class handle {
  public:
    /// Looks at the socket and takes it as what it is.
    /// @throws std::system_error "handle" ENOTSOCK for what is no socket, EPROTOTYPE for a socket
    ///         of another kind, ENOTCONN for one that neither listens nor is connected; the
    ///         descriptor is closed then
    explicit handle(support::unique_fd socket);

    /// Takes the socket as a `kind`, if it can be one.
    ///
    /// To be used for what was accepted: when its client has gone in the meantime, a connection
    /// looks like a socket that is bound and does not listen yet, and the kernel cannot tell them
    /// apart.
    /// @throws std::system_error "handle" as above, EPROTOTYPE if it cannot be a `kind`
    handle(support::unique_fd socket, handle_kind kind);

    /// Takes what arrived under the wire's type name, if it can be that. A net.Server that does not
    /// listen yet does then. A net.Native that neither listens nor is connected counts as a server;
    /// whoever gets bare sockets knows what was asked for.
    /// @throws std::system_error "handle" as above, EINVAL for an unknown type
    [[nodiscard]] static handle arrived(std::string_view wire_type, support::unique_fd socket);

    [[nodiscard]] handle_kind kind() const { return kind_; }

    /// The same socket as a bare one: the receiver makes no server or stream object of it. What
    /// Node's cluster uses.
    [[nodiscard]] handle as_native() &&;
    [[nodiscard]] bool native() const { return native_; }

    /// Names the server that the connection was accepted by, so that the peer counts it: see
    /// connection_counter.
    [[nodiscard]] handle counted_as(std::string key) &&;
    /// The same at the receiver: what the envelope named; empty without one.
    [[nodiscard]] const std::string& key() const { return key_; }

    /// "net.Server", "net.Socket", "net.Native", "dgram.Socket" or "dgram.Native".
    [[nodiscard]] std::string_view wire_type() const;
    /// "udp4" or "udp6" for a datagram handle; empty for the others.
    [[nodiscard]] std::string_view datagram_type() const;

    /// A second handle for the same socket, for a sender that keeps its own.
    [[nodiscard]] handle duplicate() const;

    /// The descriptor, borrowed.
    [[nodiscard]] int fd() const { return socket_.get(); }
    /// The descriptor, given away.
    [[nodiscard]] support::unique_fd release() && { return std::move(socket_); }

  private:
    void verify();

    support::unique_fd socket_;
    handle_kind kind_;
    bool ipv6_ = false;
    bool native_ = false;
    std::string key_;
};

}  // namespace child_process
