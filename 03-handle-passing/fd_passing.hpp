// A descriptor travels beside the bytes.
#pragma once

#include <sys/types.h>

#include <deque>
#include <span>
#include <string_view>

#include "support/unique_fd.hpp"

namespace child_process {

/// Sends some of `bytes` on a unix socket, like send(2), and with the first of them the descriptor
/// `fd`.
///
/// What travels is not the number but the open file behind it: the receiver gets a number of its
/// own for the same file, as if by dup(2) across processes. Our descriptor stays open.
/// @param bytes  at least one byte: a stream socket carries no descriptor without data
/// @param fd     an open descriptor, never -1: what has none is sent with send(2)
/// @return how many bytes were taken; -1 with errno if none, and then the descriptor was not sent
///         either. EPIPE: the peer is gone, without SIGPIPE. ETOOMANYREFS: too many descriptors of
///         ours wait in sockets to be received
/// @source sendmsg(2), unix(7) SCM_RIGHTS
[[nodiscard]] ssize_t send_with_descriptor(int socket, std::string_view bytes, int fd);

/// Receives bytes like recv(2), and appends the descriptors that came with them to `arrived`,
/// close-on-exec.
///
/// Only a read that makes room for descriptors gets them; recv(2), or a library's read, lets the
/// kernel close them without a word. When our table is full the kernel drops what it cannot give
/// us, also without an error.
/// @return how many bytes; 0 at the end; -1 with errno
/// @source recvmsg(2), MSG_CMSG_CLOEXEC
[[nodiscard]] ssize_t receive_with_descriptors(int socket, std::span<char> room,
                                               std::deque<support::unique_fd>& arrived);

}  // namespace child_process
