#include "03-handle-passing/fd_passing.hpp"

#include <sys/socket.h>

#include <array>
#include <cstring>

#include "support/syscall.hpp"

namespace child_process {
namespace {

constexpr std::size_t most_at_once = 253;  // the kernel's SCM_MAX_FD

// A control message wants the alignment of its header.
template <std::size_t Count>
struct control_room {
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(Count * sizeof(int))> bytes;
};

void take_descriptors(msghdr& message, std::deque<support::unique_fd>& arrived) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t n = 0; n < count; ++n) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + n * sizeof(int), sizeof fd);
            arrived.emplace_back(fd);
        }
    }
}

}  // namespace

ssize_t send_with_descriptor(int socket, std::string_view bytes, int fd) {
    iovec data{const_cast<char*>(bytes.data()), bytes.size()};
    control_room<1> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
    return support::retry([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL); });
}

ssize_t receive_with_descriptors(int socket, std::span<char> room,
                                 std::deque<support::unique_fd>& arrived) {
    iovec data{room.data(), room.size()};
    control_room<most_at_once> control;
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    const ssize_t count =
        support::retry([&] { return ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC); });
    if (count >= 0) take_descriptors(message, arrived);
    return count;
}

}  // namespace child_process
