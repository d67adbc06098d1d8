// Sockets as plain descriptors: opened, bound and listening in one call, with errors that name the
// address.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "support/asio.hpp"
#include "support/unique_fd.hpp"
#include "support/weak_ref.hpp"

namespace support {

/// How many finished connections the kernel keeps for us until we accept them; Node's number.
inline constexpr int default_backlog = 511;

/// What else a socket is bound with.
struct bind_options {
    bool only_ipv6 = false;      ///< "::" does not take IPv4, too
    bool share_port = false;     ///< SO_REUSEPORT: several sockets on one port, each with its share
    bool share_address = false;  ///< SO_REUSEADDR for UDP; TCP has it always
};

/// A TCP socket, bound and listening, non-blocking and close-on-exec, with SO_REUSEADDR.
/// @param address  an IPv4 or IPv6 address in text; "::" takes IPv4 too
/// @param port     0 picks a free one
/// @throws std::system_error "bind 127.0.0.1:80: …" EADDRINUSE, EACCES, EADDRNOTAVAIL; "address …"
///         EINVAL if it is none
[[nodiscard]] unique_fd listen_tcp(const std::string& address, std::uint16_t port,
                                   int backlog = default_backlog);

/// A bound TCP socket that does not listen yet; see listen_tcp.
[[nodiscard]] unique_fd bind_tcp(const std::string& address, std::uint16_t port,
                                 bind_options options = {});

/// A bound UDP socket, non-blocking and close-on-exec. Errors as for listen_tcp.
[[nodiscard]] unique_fd bind_udp(const std::string& address, std::uint16_t port,
                                 bind_options options = {});

/// A unix stream socket bound to `path`, which does not listen yet; see listen_unix.
[[nodiscard]] unique_fd bind_unix(const std::string& path);

/// A listening unix stream socket at `path`, non-blocking and close-on-exec. The file stays when
/// the socket closes.
/// @throws std::system_error "bind /run/app.sock: …" EADDRINUSE if the file exists; "address …"
///         ENAMETOOLONG
[[nodiscard]] unique_fd listen_unix(const std::string& path, int backlog = default_backlog);

/// An IP address and a port, in text and number.
struct ip_endpoint {
    std::string address;
    std::uint16_t port = 0;
    bool ipv6 = false;
};

/// Where `fd` is bound to; nothing for a socket of another family.
/// @throws std::system_error "getsockname" ENOTSOCK
[[nodiscard]] std::optional<ip_endpoint> local_endpoint(int fd);

/// The port that `fd` is bound to.
/// @throws std::system_error "getsockname" ENOTSOCK, or EAFNOSUPPORT for a socket without ports
[[nodiscard]] std::uint16_t local_port(int fd);

/// Two connected unix stream sockets, close-on-exec and blocking.
struct socket_pair {
    unique_fd first;
    unique_fd second;
};
[[nodiscard]] socket_pair make_socket_pair();

/// Whether an error of accept4(2) concerned one connection alone, such as one that its client gave
/// up in the meantime: the next call may bring the next one.
[[nodiscard]] bool may_accept_again(int error);

/// Accepts connections from a listening socket of any kind.
///
/// Several processes may accept from one listening socket; a connection goes to whoever takes it
/// first, and the others find nothing and wait again.
class acceptor {
  public:
    /// @param listening  a listening socket, TCP or unix; made non-blocking
    /// @throws std::system_error "watch" ENOSPC, ENOMEM if epoll cannot take it
    acceptor(const asio::any_io_executor& executor, unique_fd listening);
    acceptor(acceptor&& other) noexcept
        : listening_(std::move(other.listening_)),
          in_a_row_(other.in_a_row_),
          anchor_(std::move(other.anchor_), this) {}

    /// The next connection, non-blocking and close-on-exec; empty once close() was called or the
    /// acceptor is gone.
    ///
    /// A connection that the client gave up in the meantime is passed over; when the process is out
    /// of descriptors or memory it tries again after 100 ms, the connection waiting in the kernel's
    /// queue.
    /// @throws std::system_error "accept4" if the socket is not a listening one
    /// @cancel safe
    [[nodiscard]] asio::awaitable<std::optional<unique_fd>> accept();

    /// A connection that is there already; empty, with errno EAGAIN, EMFILE or the like, if there
    /// is none to be had now. Not after close().
    /// @throws std::system_error "accept4" if the socket is not a listening one
    [[nodiscard]] unique_fd accept_now();

    /// Gives the listening socket up. Other processes that hold it go on.
    void close();

    /// The listening socket, borrowed; -1 after close().
    [[nodiscard]] int fd() { return listening_.is_open() ? listening_.native_handle() : -1; }

  private:
    asio::posix::stream_descriptor listening_;
    int in_a_row_ = 0;  // accepted without waiting in between
    weak_anchor<acceptor> anchor_{this};
};

}  // namespace support
