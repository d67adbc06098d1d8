#include "02-fork-ipc/outbox.hpp"

#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

namespace child_process {

outbox::outbox(asio::posix::stream_descriptor& socket, write_some write)
    : socket_(socket), write_(std::move(write)), progress_(socket.get_executor()) {}

void outbox::append(std::string bytes) {
    if (broken_) return;
    // A long message is taken as it is. A short one is copied, as the queue keeps its memory then.
    if (constexpr std::size_t is_long = 16UL * 1024; queue_.empty() && bytes.size() >= is_long) {
        queue_ = std::move(bytes);
    } else {
        queue_ += bytes;
    }
    flush_soon();
}

void outbox::flush_soon() {
    if (std::exchange(flushing_, true)) return;
    asio::post(socket_.get_executor(), [self = support::weak_ref(anchor_)] {
        if (self) self->flush();
    });
}

void outbox::flush() {
    flushing_ = false;
    while (size() > 0) {
        const ssize_t count = write_(std::string_view(queue_).substr(written_));
        if (count >= 0) {
            written_ += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            flush_when_writable();
            break;
        } else if (errno != EINTR) {
            drop();
        }
    }
    // What is written goes when it is at least half of the queue: each byte is then moved at most
    // once.
    if (written_ * 2 >= queue_.size()) {
        queue_.erase(0, written_);
        written_ = 0;
    }
    progress_.notify_all();
}

void outbox::flush_when_writable() {
    flushing_ = true;
    socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                       [self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
                           if (!self) return;
                           if (error) return self->drop();
                           self->flush();
                       });
}

void outbox::drop() {
    broken_ = true;
    queue_.clear();
    written_ = 0;
    progress_.notify_all();
}

asio::awaitable<void> outbox::until_below(std::size_t limit) {
    const support::weak_ref self(anchor_);
    while (self && !broken_ && size() >= limit) co_await progress_.wait();
}

}  // namespace child_process
