// epoll_server: the least that answers "hello" over HTTP, as a measure for all other servers. One
// loop on epoll alone, no parser worth the name: whatever ends with an empty line is a request.
// Start it once per core, they share the port (SO_REUSEPORT). Not a server for any other use.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "support/flags.hpp"
#include "support/syscall.hpp"

namespace {

constexpr std::string_view keep =
    "HTTP/1.1 200 OK\r\nServer: epoll\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 6\r\n\r\nhello\n";
constexpr std::string_view last =
    "HTTP/1.1 200 OK\r\nServer: epoll\r\nConnection: close\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\n\r\nhello\n";

int listening_socket(std::uint16_t port) {
    const int fd = support::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    const int on = 1;
    support::check("setsockopt", ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    support::check("bind", ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address));
    support::check("listen", ::listen(fd, 4096));
    return fd;
}

class event_loop {
  public:
    explicit event_loop(int listener)
        : listener_(listener), epoll_(support::check("epoll_create1", ::epoll_create1(0))) {
        watch(listener_);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 256> events{};
        for (;;) {
            const int count = ::epoll_wait(epoll_, events.data(), int{events.size()}, -1);
            for (int n = 0; n < count; ++n) {
                const int fd = events[static_cast<std::size_t>(n)].data.fd;
                if (fd == listener_) {
                    accept_all();
                } else {
                    answer(fd);
                }
            }
        }
    }

  private:
    void watch(int fd) const {
        epoll_event event{};
        event.events = EPOLLIN | EPOLLET;
        event.data.fd = fd;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }

    void accept_all() {
        for (;;) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
            if (fd < 0) return;
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            watch(fd);
            answer(fd);
        }
    }

    void answer(int fd) {
        for (;;) {
            const auto size = ::recv(fd, bytes_.data(), bytes_.size(), 0);
            if (size < 0) return;  // no more for now, or an error that the next recv tells
            const std::string_view request(bytes_.data(), static_cast<std::size_t>(size));
            const bool ends = request.find("onnection: close") != std::string_view::npos;
            if (request.ends_with("\r\n\r\n")) {
                const auto reply = ends ? last : keep;
                ::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);
            }
            if (size == 0 || ends) {
                ::close(fd);
                return;
            }
        }
    }

    int listener_;
    int epoll_;
    std::array<char, 16384> bytes_{};
};

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = 8100;
    support::flags flags("epoll_server",
                         "The least that answers over HTTP: what others are measured by.");
    flags.add("port", port, "port to listen on");
    if (const auto code = flags.parse(argc, argv)) return *code;
    event_loop loop(listening_socket(port));
    std::printf("listening on port %d\n", int{port});
    std::fflush(stdout);
    loop.run();
}
