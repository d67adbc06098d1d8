// Says which listening sockets it was given, and greets one connection at the first.
//
// Exit codes: 0 · 1 they are not what they should be
#include <fcntl.h>
#include <sys/socket.h>

#include <cstdlib>
#include <iostream>

#include "07-state-sharing/full_cluster/inherited_listeners.hpp"
#include "support/syscall.hpp"

int main() try {
    const auto listeners = full_cluster::inherited_listeners();
    std::cout << listeners.size() << " passed\n";
    for (const auto& each : listeners) {
        const bool closes = (::fcntl(each.socket.get(), F_GETFD) & FD_CLOEXEC) != 0;
        std::cout << each.name << " at " << each.socket.get()
                  << (closes ? " closes on exec" : " stays open on exec") << "\n";
    }
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"}) {
        if (std::getenv(name) != nullptr) std::cout << name << " is still there\n";
    }
    std::cout << std::flush;
    if (listeners.empty()) return 0;

    support::set_nonblocking(listeners[0].socket.get(), false);
    const support::unique_fd client(support::check(
        "accept4", ::accept4(listeners[0].socket.get(), nullptr, nullptr, SOCK_CLOEXEC)));
    return ::send(client.get(), "hello\n", 6, MSG_NOSIGNAL) == 6 ? 0 : 1;
} catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
}
