// The last part of http_connection: the ways in which it leaves its server.
#include <sys/epoll.h>
#include <sys/socket.h>

#include "support/http_connection.hpp"
#include "support/http_core.hpp"

namespace support {

// A client that reads slowly, or sends on, would lose our answer to the reset that close() causes
// when bytes of its are unread. So our side is closed first, and the rest is read and thrown away.
void http_connection::linger() {
    static_cast<void>(::shutdown(fd_.get(), SHUT_WR));
    phase_ = phase::lingering;
    held_ = std::string();
    chunked_.reset();
    core_.wait(*this, waits_for_ = http_wait::linger);
    if (!registered_) watch();
    discard();
}

void http_connection::discard() {
    while (phase_ == phase::lingering) {
        const ssize_t size = core_.read(fd_.get());
        if (size < 0 && errno == EAGAIN) return;
        lingered_ += size > 0 ? static_cast<std::size_t>(size) : 0;
        if (size <= 0 || lingered_ > core_.limits().linger_bytes) end();
    }
}

// The client takes nothing any more: what the kernel holds for it is thrown away as well.
void http_connection::cut() {
    const struct linger reset { 1, 0 };
    static_cast<void>(::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
    end();
}

void http_connection::end() {
    if (phase_ == phase::ended) return;
    const unique_fd fd = leave();
    // Another process may hold a copy of the socket, and the connection would not go with our
    // close().
    static_cast<void>(::shutdown(fd.get(), SHUT_RDWR));
}

// The server is done with the connection; what becomes of the socket is the caller's matter.
unique_fd http_connection::leave() {
    phase_ = phase::ended;
    // Closing it would not take it out of our epoll set if another process holds a copy.
    if (registered_) static_cast<void>(core_.watch(EPOLL_CTL_DEL, fd_.get(), 0, nullptr));
    core_.ended(*this);
    return std::move(fd_);
}

void http_connection::hand_over(const std::function<void(unique_fd)>& taker) {
    flush();  // the answers to the requests before this one
    if (phase_ == phase::ended) return;
    if (!unsent_.empty()) return refuse(503);
    unique_fd fd = leave();
    try {
        taker(std::move(fd));
    } catch (...) {
        core_.report(std::current_exception());
    }
}

}  // namespace support
