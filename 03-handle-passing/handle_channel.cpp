#include "03-handle-passing/handle_channel.hpp"

#include <utility>

#include "01-spawn-exec/pipes.hpp"
#include "02-fork-ipc/channel_error.hpp"
#include "03-handle-passing/fd_passing.hpp"
#include "support/syscall.hpp"

namespace child_process {
namespace {

constexpr std::size_t inbox_limit = std::size_t{1024} * 1024;
// What a socket that waits to be received counts as; so at most about 128 of them wait here.
constexpr std::size_t bytes_of_handle = std::size_t{8} * 1024;
// A peer announces every descriptor and waits for our answer, so that more than one unclaimed is
// already too many; a few are forgiven, a flood would fill our table.
constexpr std::size_t most_unclaimed = 8;
// An honest peer has one handle under way and reads its answer; this is for the others.
constexpr std::size_t most_unread_answers = std::size_t{1024} * 1024;

[[noreturn]] void accuse(const char* what) {
    throw std::system_error(std::make_error_code(std::errc::protocol_error), what);
}

}  // namespace

handle_channel::handle_channel(const asio::any_io_executor& executor, support::unique_fd end)
    : socket_(watch(executor, end)),
      sender_(socket_),
      connections_(
          executor, [this](std::string_view line) { sender_.push(std::string(line)); },
          [this](std::string_view line) { sender_.push_first(line); }),
      news_(executor) {
    support::set_nonblocking(socket_.native_handle());
    read_soon();
}

bool handle_channel::post(const json& message) {
    if (!connected()) return false;
    sender_.push(encode(message));
    return sender_.backlog() < send_limit;
}

bool handle_channel::post(const json& message, handle passed) {
    if (!connected()) return false;
    std::string line = seal(message, passed);
    sender_.push(std::move(line), std::move(passed));
    return sender_.backlog() < send_limit;
}

asio::awaitable<bool> handle_channel::send(const json& message) {
    const support::weak_ref self(anchor_);
    if (!connected()) co_return false;
    if (!post(message)) co_await sender_.until_below(send_limit);
    co_return self&& connected();
}

asio::awaitable<delivery> handle_channel::send(const json& message, handle passed) {
    if (!connected()) co_return delivery::disconnected;
    std::string line = seal(message, passed);
    const std::uint64_t ticket = sender_.push(std::move(line), std::move(passed));
    co_return co_await sender_.outcome(ticket);
}

asio::awaitable<std::optional<incoming>> handle_channel::receive() {
    const support::weak_ref self(anchor_);
    while (self) {
        if (!inbox_.empty()) {
            waiting_message first = std::move(inbox_.front());
            inbox_.pop_front();
            inbox_bytes_ -= first.bytes;
            read_soon();
            co_return std::move(first.content);
        }
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
        if (leaving_ || !socket_.is_open()) break;
        co_await news_.wait();
    }
    co_return std::nullopt;
}

// One read per turn of the event loop, so that a peer that never stops sending cannot keep this
// process from its work.
void handle_channel::read_soon() {
    if (reading_ || !socket_.is_open() || inbox_bytes_ > inbox_limit) return;
    reading_ = true;
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
                           if (!self) return;
                           self->reading_ = false;
                           if (!error) self->read_or_fail();
                       });
}

// What the peer does wrong ends the channel, and the next receive() tells.
void handle_channel::read_or_fail() {
    const support::weak_ref self(anchor_);
    try {
        read_some();
    } catch (const std::system_error&) {
        if (!self) throw;  // not the peer: a handler that has destroyed us
        failure_ = std::current_exception();
        close();
        decoder_ = frame_decoder();  // up to 64 MiB that nobody needs any more
    }
}

void handle_channel::read_some() {
    const auto room = decoder_.room();
    const auto count = receive_with_descriptors(socket_.native_handle(), room, descriptors_);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return read_soon();
    if (count < 0 && errno != ECONNRESET) support::check("recvmsg", count);
    if (count <= 0) {
        if (decoder_.inside_message()) throw_channel_error(channel_errc::truncated, "channel");
        return close();
    }
    decoder_.filled(static_cast<std::size_t>(count));
    const support::weak_ref self(anchor_);
    take_lines();
    if (!self) return;  // a handler has destroyed us
    if (descriptors_.size() > most_unclaimed) accuse("descriptors that no message announces");
    if (sender_.unread_answers() > most_unread_answers)
        accuse("answers that the peer does not read");
    read_soon();
}

void handle_channel::take_lines() {
    const support::weak_ref self(anchor_);
    while (self && socket_.is_open()) {
        const auto line = decoder_.next();
        if (!line) return;
        ++arrivals_;
        take(decode(*line), line->size());
    }
}

void handle_channel::take(json message, std::size_t bytes) {
    const bool internal = is_internal(message);
    if (auto opened = internal ? open_envelope(message) : std::nullopt) {
        take_envelope(std::move(*opened), bytes);
    } else if (internal && message["cmd"] == "NODE_HANDLE_ACK") {
        sender_.answered(true);
    } else if (internal && message["cmd"] == "NODE_HANDLE_NACK") {
        sender_.answered(false);
    } else if (!internal || !connections_.take(message)) {
        deliver({std::move(message), std::nullopt, {}}, bytes);
    }
}

std::size_t handle_channel::backlog() const {
    return sender_.backlog() + sender_.handles() * bytes_of_handle;
}

// Exactly one answer to each envelope, before its message is delivered and past everything that
// waits in the queue: the peer sends nothing more until it has it.
void handle_channel::take_envelope(envelope opened, std::size_t bytes) {
    std::optional<handle> passed;
    if (!descriptors_.empty()) {
        support::unique_fd descriptor = std::move(descriptors_.front());
        descriptors_.pop_front();
        try {
            if (!leaving_) passed = handle::arrived(opened.type, std::move(descriptor));
        } catch (const std::system_error&) {
            passed.reset();  // it is not what the envelope says; it has been closed
        }
    }
    sender_.push_first(passed ? arrived_line : not_arrived_line);
    if (!passed) return;
    passed = std::move(*passed).counted_as(opened.key);
    deliver({std::move(opened.message), std::move(passed), connections_.opened(opened.key)},
            bytes + bytes_of_handle);
}

void handle_channel::deliver(incoming arrived, std::size_t bytes) {
    if (leaving_) return;
    if (is_internal(arrived.message)) {
        if (on_internal_) on_internal_(std::move(arrived));
        return;
    }
    inbox_.push_back({std::move(arrived), bytes});
    inbox_bytes_ += bytes;
    news_.notify_all();
}

asio::awaitable<void> handle_channel::disconnect() {
    const support::weak_ref self(anchor_);
    if (std::exchange(leaving_, true)) co_return;
    // Whatever ends the wait, be it the last byte, a cancellation or an exception: the channel is
    // closed.
    struct closing {
        const support::weak_ref<handle_channel>& self;
        ~closing() {
            if (self) self->close();
        }
    } const guard{self};
    inbox_.clear();
    inbox_bytes_ = 0;
    news_.notify_all();
    read_soon();
    co_await sender_.until_done();
}

void handle_channel::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    descriptors_.clear();
    sender_.abandon();
    connections_.end();
    news_.notify_all();
}

}  // namespace child_process
