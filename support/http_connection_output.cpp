// The second part of http_connection: answers, and what it waits for behind them.
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <stdexcept>

#include "support/http_connection.hpp"
#include "support/http_core.hpp"
#include "support/syscall.hpp"

namespace support {

void http_connection::respond(const http_response& response, bool more) {
    if (response.status < 200 || response.status > 999) {
        return fail(std::make_exception_ptr(
            std::invalid_argument("HTTP status " + std::to_string(response.status))));
    }
    const bool stays = client_stays_ && !response.close && served_ < core_.limits().requests;
    // Draining, the answer to the last request that has come is the last answer.
    const bool last = core_.draining() && !more && !more_in_kernel();
    const bool close = !stays || last;
    const http_after kept = http_10_ ? http_after::stay_10 : http_after::stay;
    core_.writer().append(core_.output(), response, !head_only_, close ? http_after::close : kept);
    if (!close) return;
    // A client that asked for the end sends no more; another one may, and must still be able to
    // read our answer.
    closing_ = !client_stays_ && !more ? closing::at_once : closing::lingering;
}

void http_connection::fail(const std::exception_ptr& error) {
    core_.report(error);
    if (phase_ == phase::ended) return;
    http_response response;
    response.text("Internal Server Error\n", 500);
    response.close = true;
    respond(response, true);
}

void http_connection::refuse(int status) {
    core_.writer().append_refusal(core_.output(), status);
    closing_ = closing::lingering;
}

// Ends each turn of the connection: sends what there is, and decides what to wait for.
void http_connection::settle() {
    if (phase_ != phase::ended) flush();
    if (phase_ == phase::ended) return;
    if (!unsent_.empty()) {
        wait_for_client();
        return watch();
    }
    if (closing_ == closing::at_once) return end();
    if (closing_ == closing::lingering) return linger();
    if (phase_ == phase::handling) {
        core_.wait(*this, waits_for_ = http_wait::handler);
        if (!registered_) watch();
        return;
    }
    settle_wait();
    if (!registered_ || readable_) watch();
}

void http_connection::settle_wait() {
    if (silent()) return;
    http_wait next = http_wait::request;
    if (chunked_ != nullptr || head_size_ > 0) {
        next = http_wait::body;
    } else if (!held_.empty()) {
        next = http_wait::head;
    }
    // The head as a whole has a time; a body only must not stop coming.
    if (next == http_wait::head && waits_for_ == next && !new_request_) return;
    new_request_ = false;
    core_.wait(*this, waits_for_ = next);
}

void http_connection::flush() {
    std::string& output = core_.output();
    if (output.empty()) return;
    if (unsent_.empty()) {
        const std::size_t sent = send_some(output);
        if (sent < output.size()) unsent_.assign(output, sent);
    } else {
        unsent_.append(output);
    }
    output.clear();
    if (output.capacity() > 1024 * 1024) output.shrink_to_fit();
}

std::size_t http_connection::send_some(std::string_view bytes) {
    // Nagle's wait for an acknowledgement concerns a small write behind another, so not the first.
    if (++sends_ == 2) {
        const int on = 1;
        static_cast<void>(::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    }
    const ssize_t sent = retry(
        [&] { return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN) return 0;
    end();
    return bytes.size();
}

void http_connection::resume_sending() {
    const std::size_t sent = send_some(std::string_view(unsent_).substr(sent_));
    if (phase_ == phase::ended) return;
    sent_ += sent;
    if (sent_ < unsent_.size()) {
        if (sent > 0) wait_for_client();
        return;
    }
    unsent_ = std::string();
    sent_ = 0;
    take_held();
    settle();
}

void http_connection::wait_for_client() {
    untaken_ = untaken();
    core_.wait(*this, waits_for_ = http_wait::taking);
}

// The bytes that the kernel holds for the client. It asks us for more only when a good part of them
// is gone; to a slow client that may take minutes.
int http_connection::untaken() const {
    int size = 0;
    return ::ioctl(fd_.get(), SIOCOUTQ, &size) == 0 ? size : 0;
}

void http_connection::on_deadline(http_wait kind) {
    switch (kind) {
        case http_wait::head:
        case http_wait::body:
            if (silent()) return end();
            refuse(408);
            return settle();
        case http_wait::taking:
            return untaken() < untaken_ ? wait_for_client() : cut();
        default:
            return end();
    }
}

// The socket is in the epoll set with EPOLLET: each change is reported once, and costs nothing
// while we are busy with something else. Watching anew makes epoll report the state as it is.
void http_connection::watch() {
    const std::uint32_t events =
        EPOLLIN | EPOLLRDHUP | EPOLLET | (unsent_.empty() ? 0U : std::uint32_t{EPOLLOUT});
    if (!core_.watch(registered_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd_.get(), events, this))
        return end();
    registered_ = true;
}

bool http_connection::more_in_kernel() const {
    char byte = 0;
    return ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

}  // namespace support
