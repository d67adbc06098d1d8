#include "02-fork-ipc/channel.hpp"

#include <sys/socket.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "02-fork-ipc/channel_error.hpp"
#include "support/syscall.hpp"

namespace child_process {

// MSG_NOSIGNAL: a peer that is gone must be an error here, not a SIGPIPE that kills us.
channel::channel(const asio::any_io_executor& executor, support::unique_fd end)
    : socket_(support::watch(executor, end)), out_(socket_, [this](std::string_view bytes) {
          return ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      }) {
    support::set_nonblocking(socket_.native_handle());
}

bool channel::post(const json& message) {
    if (!connected()) return false;
    out_.append(encode(message));
    return out_.size() < send_limit;
}

asio::awaitable<bool> channel::send(const json& message) {
    const support::weak_ref self(anchor_);
    if (!connected()) co_return false;
    if (!post(message)) co_await out_.until_below(send_limit);
    co_return self.get() != nullptr && !out_.broken();
}

asio::awaitable<std::optional<json>> channel::receive() {
    const support::weak_ref self(anchor_);
    while (!leaving_ && socket_.is_open()) {
        if (auto message = next_message()) co_return message;
        const auto [error] = co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                                                         support::as_result);
        if (!self || leaving_ || !socket_.is_open()) break;
        support::check("wait for channel", error);
        read_once();
    }
    co_return std::nullopt;
}

std::optional<json> channel::next_message() try {
    while (const auto line = decoder_.next()) {
        json message = decode(*line);
        if (!is_internal(message)) return message;
        // A peer that passes a descriptor waits for an answer. This channel takes none, so that the
        // honest one is "not arrived"; without it the peer would send us nothing more, ever. A peer
        // that lets this much pile up unread is not waiting for it.
        if (message["cmd"] == "NODE_HANDLE" && out_.size() < message_limit) {
            out_.append("{\"cmd\":\"NODE_HANDLE_NACK\"}\n");
        }
    }
    return std::nullopt;
} catch (const std::system_error&) {
    close();
    throw;
}

// One read per wait, so that a peer that never stops sending cannot keep this process from its
// other work.
void channel::read_once() {
    const auto room = decoder_.room();
    const auto count = support::retry(
        [&] { return ::recv(socket_.native_handle(), room.data(), room.size(), 0); });
    if (count > 0) return decoder_.filled(static_cast<std::size_t>(count));
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0 && errno != ECONNRESET) support::check("recv", count);
    close();
    if (decoder_.inside_message()) throw_channel_error(channel_errc::truncated, "channel");
}

asio::awaitable<void> channel::disconnect() {
    const support::weak_ref self(anchor_);
    if (std::exchange(leaving_, true) || !socket_.is_open()) co_return;
    // Whatever ends the wait, be it the last byte, a cancellation or an exception: the channel is
    // closed.
    struct closing {
        const support::weak_ref<channel>& self;
        ~closing() {
            if (self) self->close();
        }
    } const guard{self};
    discard_input();
    co_await out_.until_below(1);
}

// Two sides that say goodbye at the same time, each with more queued than the kernel holds, would
// wait for each other for ever if neither read. Reading stops at the peer's end, or when we close.
void channel::discard_input() {
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
                           if (!self || error || !self->socket_.is_open()) return;
                           const auto room = self->decoder_.room();
                           const auto count =
                               ::recv(self->socket_.native_handle(), room.data(), room.size(), 0);
                           if (count > 0 || (count < 0 && errno == EAGAIN)) self->discard_input();
                       });
}

void channel::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace child_process
