// Descriptors on a socket by system calls alone, without the code that is tested.
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "support/sockets.hpp"
#include "tests/catch.hpp"

namespace tests {

using support::unique_fd;

/// Sends `bytes`, with all of `fds` at the first of them, whatever the rules say.
inline void send_with_many(int socket, std::string_view bytes, const std::vector<int>& fds) {
    iovec data{const_cast<char*>(bytes.data()), bytes.size()};
    std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (!fds.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
        std::memcpy(CMSG_DATA(part), fds.data(), fds.size() * sizeof(int));
    }
    REQUIRE(::sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

/// As many sockets as the kernel lets one message carry.
struct all_one_message_carries {
    all_one_message_carries() {
        for (int n = 0; n < 253; ++n) {
            sockets.push_back(support::bind_udp("127.0.0.1", 0));
            numbers.push_back(sockets.back().get());
        }
    }
    std::vector<unique_fd> sockets;
    std::vector<int> numbers;  ///< their descriptors
};

/// The kernel's number for the socket behind a descriptor; 0 if there is none.
inline ino_t socket_behind(int fd) {
    struct stat about {};
    return ::fstat(fd, &about) == 0 ? about.st_ino : 0;
}

/// Whether two descriptors are of one open socket.
inline bool same_socket(int one, int other) {
    return socket_behind(one) != 0 && socket_behind(one) == socket_behind(other);
}

/// Whether the other end of `fd` has been closed everywhere. Does not wait.
inline bool hung_up(int fd) {
    char byte = 0;
    return ::recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

}  // namespace tests
