// Connections to be passed to other processes, without anybody at their other end.
#pragma once

#include <sys/socket.h>

#include <vector>

#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "support/unique_fd.hpp"

namespace bench {

/// TCP connections of this process with itself, by their two ends.
struct loopback_connections {
    static constexpr std::size_t count = 500;  // fewer than the door's backlog
    std::vector<support::unique_fd> ours;      // to be passed
    std::vector<support::unique_fd> others;

    loopback_connections() {
        const support::unique_fd door = support::listen_tcp("127.0.0.1", 0);
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        auto* where = reinterpret_cast<sockaddr*>(&address);
        support::check("getsockname", ::getsockname(door.get(), where, &size));
        for (std::size_t n = 0; n < count; ++n) {
            const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            ours.emplace_back(support::check("socket", fd));
            support::check("connect", ::connect(fd, where, size));
            const int other = ::accept4(door.get(), nullptr, nullptr, SOCK_CLOEXEC);
            others.emplace_back(support::check("accept4", other));
            // Ends with a reset: otherwise the ports would soon be all in TIME_WAIT.
            const linger reset{1, 0};
            ::setsockopt(other, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        }
    }
};

}  // namespace bench
