#include "05-round-robin/lane_receiver.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "01-spawn-exec/pipes.hpp"
#include "03-handle-passing/fd_passing.hpp"
#include "support/syscall.hpp"

namespace cluster {
namespace {

// Then the connections that we have get their turn.
constexpr int most_in_a_row = 16;

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace

lane_receiver::lane_receiver(const asio::any_io_executor& executor, support::unique_fd end,
                             handlers tell)
    : socket_(child_process::watch(executor, end)), tell_(std::move(tell)) {
    support::set_nonblocking(socket_.native_handle());
    wait_to_read();
}

void lane_receiver::wait_to_read() {
    if (std::exchange(reading_, true)) return;
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
                           if (!self) return;
                           self->reading_ = false;
                           if (!error) self->receive();
                       });
}

void lane_receiver::wait_to_write() {
    if (std::exchange(writing_, true)) return;
    socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                       [self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
                           if (!self) return;
                           self->writing_ = false;
                           if (error) return;
                           self->write();
                           self->publish();
                           self->hand_out();
                           if (self) self->receive();
                       });
}

// While something is unsent nothing is read: a primary that does not read gets nothing taken.
void lane_receiver::receive() {
    const support::weak_ref self(anchor_);
    bool more = true;
    for (int n = 0; more && n < most_in_a_row; ++n) {
        if (!unsent_.empty()) return;
        more = read_record() && self;
    }
    if (self && is_open() && unsent_.empty()) wait_to_read();
}

// False when there is nothing to be read now, or ever.
bool lane_receiver::read_record() {
    if (!is_open()) return false;
    const auto room = std::span(bytes_).subspan(filled_);
    const ssize_t count =
        child_process::receive_with_descriptors(socket_.native_handle(), room, arrived_);
    if (count < 0 && would_block()) return false;
    if (count == 0 || (count < 0 && errno == ECONNRESET)) {
        finish(filled_ > 0 ? make_error_code(lane_errc::truncated) : std::error_code());
        return false;
    }
    if (count < 0) {
        finish(support::last_error());
        return false;
    }
    filled_ += static_cast<std::size_t>(count);
    if (filled_ < bytes_.size()) return true;
    filled_ = 0;
    take(record_of(bytes_.data()));
    return true;
}

void lane_receiver::take(const lane_record& record) {
    const bool board = record.word == lane_word::board && !board_ && arrived_.size() <= 1;
    const bool offer = record.word == lane_word::offer && record.count > 0 &&
                       record.count <= lane_batch && arrived_.size() <= record.count;
    if (board)
        take_board();
    else if (offer)
        take_offer(record);
    else
        finish(lane_errc::malformed);
}

// Its descriptor is lost when our table is full.
void lane_receiver::take_board() try {
    if (arrived_.empty()) return;
    support::unique_fd fd = std::move(arrived_.front());
    arrived_.clear();
    board_ = answer_board::map(std::move(fd));
} catch (const std::system_error&) {
    // No room in our memory. The answers will be records.
}

// The kernel gives us descriptors from the first one on, until there is no room for more: so those
// that are lost are the last, and refusing the last is what an answer can say.
void lane_receiver::take_offer(const lane_record& record) {
    const lane_answer answer =
        tell_.on_offer({record.listener, arrived_.size(), record.count - arrived_.size()});
    const std::size_t taken = answer.known ? std::min(answer.taken, arrived_.size()) : 0;
    arrived_.erase(std::next(arrived_.begin(), static_cast<std::ptrdiff_t>(taken)), arrived_.end());
    answering_ = true;
    listener_ = record.listener;
    answered_.sequence = record.sequence + 1;
    if (taken < record.count || !board_) {
        const auto word = answer.known ? lane_word::answer : lane_word::unknown_listener;
        ++answered_.records;
        unsent_ +=
            bytes_of({word, static_cast<std::uint16_t>(taken), record.sequence, record.listener});
        write();
    }
    publish();
    hand_out();
}

void lane_receiver::room(std::uint32_t listener) {
    if (!is_open()) return;
    const auto known = std::find(rooms_.begin(), rooms_.end(), listener);
    if (known == rooms_.end()) rooms_.push_back(listener);
    if (unsent_.empty()) write();
}

// A primary that is gone is found out by reading. What it has not been told is not ours.
void lane_receiver::write() {
    while (!unsent_.empty() || !rooms_.empty()) {
        if (unsent_.empty()) {
            for (const std::uint32_t each : rooms_)
                unsent_ += bytes_of({lane_word::room, 0, 0, each});
            rooms_.clear();
        }
        const ssize_t count = support::retry([&] {
            return ::send(socket_.native_handle(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        });
        if (count < 0 && would_block()) return wait_to_write();
        if (count < 0) {
            unsent_.clear();
            rooms_.clear();
            arrived_.clear();
            answering_ = false;
            return;
        }
        unsent_.erase(0, static_cast<std::size_t>(count));
    }
}

// Behind the records: whoever reads that they were sent will find them.
void lane_receiver::publish() {
    if (!answering_ || !unsent_.empty() || !board_) return;
    board_->publish(answered_);
    if (!board_->take_wish()) return;
    // Whole, or not at all when the lane is full: then there is enough on it to wake the primary.
    const lane_record wake{lane_word::wake};
    static_cast<void>(::send(socket_.native_handle(), bytes_of(wake).data(), sizeof wake,
                             MSG_NOSIGNAL | MSG_DONTWAIT));
}

void lane_receiver::hand_out() {
    if (!unsent_.empty() || !std::exchange(answering_, false) || arrived_.empty()) return;
    std::vector<support::unique_fd> batch = std::exchange(batch_, {});
    std::move(arrived_.begin(), arrived_.end(), std::back_inserter(batch));
    arrived_.clear();
    const support::weak_ref self(anchor_);
    // Taken out for the call: a handler that destroys us must not be destroyed while it runs.
    auto hand_over = std::move(tell_.on_connections);
    hand_over(listener_, batch);
    if (!self) return;
    tell_.on_connections = std::move(hand_over);
    batch.clear();
    batch_ = std::move(batch);
}

void lane_receiver::finish(std::error_code error) {
    close();
    const auto tell = std::exchange(tell_.on_end, nullptr);
    if (tell) tell(error);
}

void lane_receiver::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    arrived_.clear();
    unsent_.clear();
    rooms_.clear();
    answering_ = false;
}

}  // namespace cluster
