#include "03-handle-passing/handle_sender.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "03-handle-passing/fd_passing.hpp"

namespace child_process {

handle_sender::handle_sender(asio::posix::stream_descriptor& socket)
    : socket_(socket),
      out_(socket, [this](std::string_view bytes) { return write_some(bytes); }),
      news_(socket.get_executor()) {}

void handle_sender::push(std::string line) {
    queue_.push(std::move(line));
    write_what_may();
}

std::uint64_t handle_sender::push(std::string line, handle passed) {
    const std::uint64_t ticket = queue_.push(std::move(line), std::move(passed));
    write_what_may();
    return ticket;
}

void handle_sender::push_first(std::string_view line) {
    append(std::string(line));
    answers_.push_back({appended_, line.size()});
    unread_answers_ += line.size();
}

void handle_sender::append(std::string line) {
    appended_ += line.size();
    out_.append(std::move(line));
}

void handle_sender::write_what_may() {
    while (auto next = queue_.next()) {
        if (next->fd != -1) rider_ = rider{appended_, next->fd};
        append(std::move(next->line));
    }
}

// The descriptor goes with the first byte of its line, and with no other: so the bytes before it
// are written alone.
ssize_t handle_sender::write_some(std::string_view bytes) {
    const int socket = socket_.native_handle();
    const bool rides_now = rider_ && rider_->at == written_;
    if (rider_ && !rides_now) bytes = bytes.substr(0, rider_->at - written_);
    ssize_t count = rides_now ? send_with_descriptor(socket, bytes, rider_->fd)
                              : ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && rides_now && errno == ETOOMANYREFS) {
        // The kernel has too many descriptors of ours under way. The line goes alone: the peer will
        // find nothing with it, say so, and get it again.
        count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    if (count > 0) written(static_cast<std::size_t>(count), rides_now);
    const int error = errno;
    if (count < 0 && error != EAGAIN && error != EWOULDBLOCK && error != EINTR) abandon();
    errno = error;
    return count;
}

void handle_sender::written(std::size_t count, bool rider_left) {
    written_ += count;
    while (!answers_.empty() && answers_.front().end <= written_) {
        unread_answers_ -= answers_.front().size;
        answers_.pop_front();
    }
    if (rider_left) {
        rider_.reset();
        queue_.departed();
    }
}

void handle_sender::answered(bool arrived) {
    if (const auto outcome = queue_.answered(arrived)) settle(*outcome);
    write_what_may();
    news_.notify_all();
}

void handle_sender::abandon() {
    abandoned_ = true;
    rider_.reset();
    answers_.clear();
    unread_answers_ = 0;
    for (const auto& outcome : queue_.abandon()) settle(outcome);
    news_.notify_all();
}

void handle_sender::settle(const handle_queue::settled& outcome) {
    const auto found = awaited_.find(outcome.ticket);
    if (found != awaited_.end()) found->second = outcome.result;
}

asio::awaitable<void> handle_sender::until_below(std::size_t limit) {
    const support::weak_ref self(anchor_);
    while (self && !broken() && backlog() >= limit) {
        // Either the socket is slow, or the peer's answer is.
        if (out_.size() > 0) {
            co_await out_.until_below(std::min(limit, out_.size()));
        } else {
            co_await news_.wait();
        }
    }
}

asio::awaitable<void> handle_sender::until_done() {
    const support::weak_ref self(anchor_);
    while (self && !broken() && !queue_.empty()) co_await news_.wait();
    if (self) co_await out_.until_below(1);
}

asio::awaitable<delivery> handle_sender::outcome(std::uint64_t ticket) {
    // Forgets the question when its waiter leaves, also when that was cancelled.
    struct waiting {
        support::weak_ref<handle_sender> sender;
        std::uint64_t ticket;
        ~waiting() {
            if (sender) sender->awaited_.erase(ticket);
        }
    };
    const waiting guard{support::weak_ref(anchor_), ticket};
    awaited_[ticket] = std::nullopt;
    while (guard.sender && !awaited_[ticket] && !broken()) co_await news_.wait();
    co_return guard.sender&& awaited_[ticket] ? *awaited_[ticket] : delivery::disconnected;
}

}  // namespace child_process
