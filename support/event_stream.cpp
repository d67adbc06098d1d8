#include "support/event_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <ctime>
#include <stdexcept>

#include "support/http_writer.hpp"
#include "support/syscall.hpp"

namespace support {
namespace {

using asio::posix::stream_descriptor;

// The stream has no length: its end is the end of the connection. A browser that loses it comes
// again after a second.
constexpr std::string_view stream_head =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/event-stream\r\n"
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Connection: close\r\n\r\n"
    "retry: 1000\n\n";

void append_event(std::string& out, std::string_view name, std::string_view data) {
    if (name.find_first_of("\r\n") != std::string_view::npos) {
        throw std::invalid_argument("event name " + std::string(name.substr(0, 64)));
    }
    out.append("event: ").append(name).append("\n");
    // CR, LF and CRLF each end a line of the format, so each line of the data gets a field of its
    // own; the browser puts them together with LF.
    while (true) {
        const std::size_t end = data.find_first_of("\r\n");
        out.append("data: ").append(data.substr(0, end)).append("\n");
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    out.append("\n");
}

ssize_t send_some(int fd, std::string_view bytes) {
    return retry(
        [&] { return ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
}

void refuse_stream(unique_fd connection) {
    http_writer writer(std::chrono::milliseconds(0));
    writer.set_time(std::time(nullptr));
    std::string answer;
    writer.append_refusal(answer, 503);
    static_cast<void>(send_some(connection.get(), answer));
    static_cast<void>(::shutdown(connection.get(), SHUT_WR));
}

}  // namespace

struct event_stream::subscriber {
    subscriber(const asio::any_io_executor& executor, unique_fd connection)
        : socket(watch(executor, connection)) {
        set_nonblocking(fd());
        // Each event is to be seen at once; Nagle would keep it back until the last is
        // acknowledged.
        const int on = 1;
        static_cast<void>(::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    }
    [[nodiscard]] int fd() { return socket.native_handle(); }

    // How many of the bytes the kernel takes. Who has gone leaves.
    [[nodiscard]] std::size_t write(std::string_view bytes) {
        const ssize_t sent = send_some(fd(), bytes);
        if (sent < 0 && errno != EAGAIN) leave();
        return sent > 0 ? static_cast<std::size_t>(sent) : 0;
    }

    // Another process may hold a copy of the socket, so that closing ours alone would not end the
    // connection.
    void leave() {
        gone = true;
        static_cast<void>(::shutdown(fd(), SHUT_RDWR));
    }

    // What the kernel holds for somebody who does not read is thrown away, too.
    void cut() {
        const linger reset{1, 0};
        static_cast<void>(::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
        leave();
    }

    stream_descriptor socket;
    std::string waiting;  // what the kernel has not taken
    bool gone = false;    // to be removed
    weak_anchor<subscriber> anchor{this};
};

event_stream::event_stream(const asio::any_io_executor& executor, event_stream_limits limits)
    : executor_(executor), limits_(limits), timer_(executor) {}

event_stream::~event_stream() {
    close();
}

std::size_t event_stream::subscribers() const {
    return subscribers_.size();
}

void event_stream::subscribe(unique_fd connection, const std::vector<server_event>& first) {
    if (closed_ || subscribers_.size() >= limits_.subscribers)
        return refuse_stream(std::move(connection));
    std::string bytes(stream_head);
    for (const server_event& each : first) append_event(bytes, each.name, each.data);
    subscriber& added = subscribers_.emplace_back(executor_, std::move(connection));
    if (subscribers_.size() == 1) await_keep_alive();
    await_end(added);
    send_to(added, bytes);
    remove_gone();
}

void event_stream::publish(std::string_view name, std::string_view data) {
    std::string bytes;
    append_event(bytes, name, data);
    send(bytes);
}

void event_stream::close() {
    closed_ = true;
    for (subscriber& each : subscribers_) each.leave();
    remove_gone();
}

void event_stream::send(std::string_view bytes) {
    for (subscriber& each : subscribers_) send_to(each, bytes);
    remove_gone();
}

void event_stream::send_to(subscriber& one, std::string_view bytes) {
    const bool already_waits = !one.waiting.empty();
    if (!already_waits) bytes.remove_prefix(one.write(bytes));
    one.waiting.append(bytes);
    if (one.waiting.size() > limits_.waiting) return one.cut();
    if (!already_waits && !one.waiting.empty() && !one.gone) await_room(one);
}

void event_stream::await_room(subscriber& one) {
    one.socket.async_wait(stream_descriptor::wait_write,
                          [stream = weak_ref<event_stream>(anchor_),
                           self = weak_ref<subscriber>(one.anchor)](boost::system::error_code) {
                              if (!stream || !self) return;
                              self->waiting.erase(0, self->write(self->waiting));
                              if (self->waiting.empty()) {
                                  self->waiting = std::string();  // gives a lot of memory back
                              } else if (!self->gone) {
                                  stream->await_room(*self.get());
                              }
                              stream->remove_gone();
                          });
}

// A subscriber has nothing more to say. Whatever it says is thrown away; its end is what we wait
// for.
void event_stream::await_end(subscriber& one) {
    one.socket.async_wait(stream_descriptor::wait_read, [stream = weak_ref<event_stream>(anchor_),
                                                         self = weak_ref<subscriber>(one.anchor)](
                                                            boost::system::error_code) {
        if (!stream || !self) return;
        std::array<char, 4096> ignored;
        const ssize_t size =
            retry([&] { return ::recv(self->fd(), ignored.data(), ignored.size(), MSG_DONTWAIT); });
        if (size > 0 || (size < 0 && errno == EAGAIN)) {
            return stream->await_end(*self.get());
        }
        self->leave();
        stream->remove_gone();
    });
}

void event_stream::remove_gone() {
    subscribers_.remove_if([](const subscriber& each) { return each.gone; });
    // A timer would keep the event loop from ending.
    if (subscribers_.empty()) timer_.cancel();
}

void event_stream::await_keep_alive() {
    timer_.expires_after(limits_.keep_alive);
    timer_.async_wait(
        [stream = weak_ref<event_stream>(anchor_)](const boost::system::error_code& error) {
            if (error || !stream || stream->subscribers_.empty()) return;
            // Cancelled and set anew, when this call was already on its way.
            if (stream->timer_.expiry() > asio::steady_timer::clock_type::now()) return;
            stream->send(": keep-alive\n\n");
            if (!stream->subscribers_.empty()) stream->await_keep_alive();
        });
}

}  // namespace support
