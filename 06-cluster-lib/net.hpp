// Servers for programs that know nothing of clusters: alone they listen by themselves; started by
// a primary, be it ours or a real Node process, they share its socket.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "06-cluster-lib/listen_options.hpp"
#include "06-cluster-lib/server.hpp"
#include "support/asio.hpp"

namespace net {

/// Listens on a port of every address, or as the options say.
///
/// Alone it binds the port. In a worker it asks the primary, which gives all workers that ask alike
/// the same socket. Which it is follows from the environment (NODE_UNIQUE_ID, NODE_CHANNEL_FD).
/// @throws std::system_error EADDRINUSE, EACCES, EADDRNOTAVAIL …, as this process or the primary
///         met it; EPIPE if the primary went before it answered; ECANCELED if the worker shall
///         leave before that
/// @throws std::runtime_error if this is a worker whose channel to the primary is missing
/// @source Node's net.Server.listen
[[nodiscard]] asio::awaitable<server> listen(std::uint16_t port);
[[nodiscard]] asio::awaitable<server> listen(listen_options options);

/// A bound UDP socket, from the primary if there is one: whichever worker reads first gets the
/// datagram.
/// @throws as listen
/// @source Node's dgram.Socket.bind
[[nodiscard]] asio::awaitable<asio::ip::udp::socket> bind_udp(bind_options options);

/// The main function of a server: runs `body`, then waits until the last connection has ended.
///
/// The first SIGINT or SIGTERM, or in a worker its primary, asks for the end: accept() is empty
/// from then on. The second one ends the program at once. A worker has five seconds to finish, or
/// as long as its primary lets it; an exception that nobody caught makes the primary replace it.
/// @return the exit code: 0; 1 after an exception, which is on stderr
int run(const std::function<asio::awaitable<void>()>& body);

}  // namespace net
