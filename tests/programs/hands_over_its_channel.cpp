// Passes its channel (descriptor 3) on through the unix socket at descriptor 4, and stays until
// that one is closed: a test becomes the child of somebody else's parent.
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

int main() {
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    char byte = 'x';
    iovec data{&byte, 1};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int));
    const int channel = 3;
    const int line = 4;
    std::memcpy(CMSG_DATA(part), &channel, sizeof channel);
    if (sendmsg(line, &message, 0) != 1) return 1;
    close(channel);
    return read(line, &byte, 1) == 0 ? 0 : 1;
}
