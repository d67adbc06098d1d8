// How far a message can go.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <thread>

#include "docs/processes-and-threads/hand_over.hpp"
#include "docs/processes-and-threads/helper.hpp"
#include "docs/processes-and-threads/roles.hpp"
#include "docs/processes-and-threads/rows.hpp"
#include "support/syscall.hpp"

namespace comparison {
namespace {

constexpr int messages = 5'000;
using letter = std::vector<char>;

micros between_threads() {
    hand_over<letter> there;
    hand_over<letter> back;
    std::thread other([&] {
        for (int n = 0; n < messages; ++n) back.put(there.take());
    });
    letter text(message_size);
    const micros result = time_of(messages, [&] {
        there.put(text);
        text = back.take();
    });
    other.join();
    return result;
}

micros round_trip(int socket) {
    letter text(message_size);
    return time_of(messages, [&] {
        write_all(socket, text.data(), text.size());
        read_all(socket, text.data(), text.size());
    });
}

micros by_tcp() {
    const support::unique_fd listening = support::listen_tcp("127.0.0.1", 0);
    sockaddr_in where{};
    socklen_t size = sizeof where;
    auto* address = reinterpret_cast<sockaddr*>(&where);
    support::check("getsockname", ::getsockname(listening.get(), address, &size));
    support::unique_fd ours(
        support::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    support::check("connect", ::connect(ours.get(), address, size));
    const support::unique_fd theirs(
        support::check("accept", ::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC)));
    const int on = 1;  // each message at once
    ::setsockopt(ours.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(theirs.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const helper other("echo-further", {theirs.get()});
    return round_trip(ours.get());
}

}  // namespace

std::vector<row> distribution() {
    return {{"distribution", "a message there and back",
             shown(between_threads()) + ", in one process",
             shown(round_trip(helper("echo").socket())) + " on one machine; " + shown(by_tcp()) +
                 " by TCP, to any"}};
}

}  // namespace comparison
