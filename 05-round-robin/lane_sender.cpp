#include "05-round-robin/lane_sender.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "01-spawn-exec/pipes.hpp"
#include "support/syscall.hpp"

namespace cluster {
namespace {

static_assert((lane_window & (lane_window - 1)) == 0, "the numbers of offers go round at 2^32");

constexpr int most_reads = 256;  // of 4 KiB

// As child_process::send_with_descriptor(), with many.
ssize_t send_with_descriptors(int socket, std::string_view bytes, std::span<const int> fds) {
    iovec data{const_cast<char*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(lane_batch * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(part), fds.data(), fds.size_bytes());
    return support::retry([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL); });
}

}  // namespace

lane_sender::lane_sender(const asio::any_io_executor& executor, support::unique_fd end,
                         reports_handler on_reports, end_handler on_end, std::uint32_t first)
    : socket_(child_process::watch(executor, end)),
      board_(answer_board::create()),
      on_reports_(std::move(on_reports)),
      on_end_(std::move(on_end)),
      first_(first),
      next_(first) {
    board_.publish({0, first});
    support::set_nonblocking(socket_.native_handle());
    pass_board();
    wait();
}

// A worker that does not get it, since too many descriptors are under way or its table is full,
// answers in records: that is only slower.
void lane_sender::pass_board() {
    const int fd = board_.fd();
    const lane_record record{lane_word::board};
    static_cast<void>(
        send_with_descriptors(socket_.native_handle(), bytes_of(record), std::span(&fd, 1)));
    board_.close_fd();
}

lane_sender::offer lane_sender::send(std::uint32_t listener, std::span<const int> fds) {
    if (!is_open()) return {0, 0, std::make_error_code(std::errc::broken_pipe)};
    if (fds.empty()) return {0, 0, std::make_error_code(std::errc::invalid_argument)};
    if (next_ - first_ == lane_window) {
        return {0, 0, std::make_error_code(std::errc::resource_unavailable_try_again)};
    }
    fds = fds.first(std::min(fds.size(), lane_batch));
    const auto count = static_cast<std::uint16_t>(fds.size());
    const lane_record record{lane_word::offer, count, next_, listener};
    // So few bytes are taken whole or not at all: the kernel does not split what fits into a page.
    if (send_with_descriptors(socket_.native_handle(), bytes_of(record), fds) < 0) {
        return {0, 0, support::last_error()};
    }
    offers_[next_ % lane_window] = {listener, count};
    return {fds.size(), next_++, {}};
}

void lane_sender::wait() {
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = support::weak_ref(anchor_)](const boost::system::error_code& error) {
                           if (!self || error) return;
                           self->receive();
                           if (self && self->is_open()) self->wait();
                       });
}

void lane_sender::receive() {
    collect(true);
}

void lane_sender::look() {
    if (!unanswered()) return;
    const lane_progress said = board_.read();
    if (said == lane_progress{records_, first_}) return;  // no news
    // What is published as sent over the lane has been sent, so that it is there.
    collect(said.records != records_);
}

void lane_sender::wake_at_answer() {
    wake_at(first_ + 1);
}

void lane_sender::wake_at_last_answer() {
    if (!board_.wishes()) wake_at(next_);
}

void lane_sender::wake_at(std::uint32_t sequence) {
    if (!unanswered() || !is_open()) return;
    board_.wish(sequence);
    look();  // after the wish: see answer_board
}

void lane_sender::collect(bool from_lane) {
    if (receiving_ || !is_open()) return;  // a handler of ours calls us
    receiving_ = true;
    std::optional<std::error_code> end;
    bool more = from_lane;
    for (int n = 0; more && n < most_reads; ++n) more = read_some(end);
    // Also when the lane has ended or makes no sense: what the worker says that it took may be half
    // read, and must not be given to another one.
    const std::error_code nonsense = take_board();
    if (nonsense && !end.value_or(std::error_code())) end = nonsense;
    const support::weak_ref self(anchor_);
    if (!reports_.empty()) {
        // Taken out for the call: a handler that destroys us must not be destroyed while it runs.
        reports_handler tell = std::move(on_reports_);
        std::vector<lane_report> reports = std::exchange(reports_, {});
        tell(reports);
        if (!self) return;
        on_reports_ = std::move(tell);
        reports.clear();
        reports_ = std::move(reports);
    }
    receiving_ = false;
    if (end && is_open()) finish(*end);
}

// False when there is nothing more to read now, or ever: then `end` says why, with no error when
// the worker is gone.
bool lane_sender::read_some(std::optional<std::error_code>& end) {
    const ssize_t count = support::retry([&] {
        return ::recv(socket_.native_handle(), bytes_.data() + filled_, bytes_.size() - filled_, 0);
    });
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    // The kernel says "reset" for the end if the worker has left offers unread.
    if (count == 0 || (count < 0 && errno == ECONNRESET)) {
        end = filled_ > 0 ? make_error_code(lane_errc::truncated) : std::error_code();
        return false;
    }
    if (count < 0) {
        end = support::last_error();
        return false;
    }
    filled_ += static_cast<std::size_t>(count);
    std::size_t done = 0;
    std::error_code error;
    for (; !error && filled_ - done >= sizeof(lane_record); done += sizeof(lane_record)) {
        error = take(record_of(bytes_.data() + done));
    }
    filled_ -= done;
    std::memmove(bytes_.data(), bytes_.data() + done, filled_);
    if (error) end = error;
    return !error;
}

std::error_code lane_sender::take(const lane_record& record) {
    switch (record.word) {
        case lane_word::room:
            reports_.push_back({record.word, 0, 0, 0, record.listener});
            return {};
        case lane_word::wake:
            return {};  // the board is read behind the lane
        case lane_word::answer:
        case lane_word::unknown_listener:
            return take_answer(record);
        default:
            return lane_errc::malformed;
    }
}

std::error_code lane_sender::take_answer(const lane_record& record) {
    if (record.sequence != first_) {
        // The board answers the offers before it, or else it is not its turn. The numbers go round.
        const std::uint32_t on_board = board_.read().sequence - first_;
        if (record.sequence - first_ > on_board || on_board > next_ - first_ ||
            !taken_whole_before(record.sequence)) {
            return lane_errc::unknown_offer;
        }
    }
    if (!unanswered()) return lane_errc::unknown_offer;
    const sent_offer& offered = offers_[first_ % lane_window];
    const std::size_t taken = record.word == lane_word::answer ? record.count : 0;
    if (taken > offered.count) return lane_errc::too_many_taken;
    ++records_;
    reports_.push_back({record.word, first_++, offered.count, taken, offered.listener});
    return {};
}

// A worker publishes behind its records. If one has come that is not published yet, the board has
// nothing that is new; if one is published that has not come, the worker lies.
std::error_code lane_sender::take_board() {
    const lane_progress said = board_.read();
    if (said.records != records_ || taken_whole_before(said.sequence)) return {};
    return lane_errc::unknown_offer;
}

// False, and nothing has changed, if not so many were offered.
bool lane_sender::taken_whole_before(std::uint32_t sequence) {
    if (sequence - first_ > next_ - first_) return false;  // the numbers go round
    while (first_ != sequence) {
        const sent_offer& offered = offers_[first_ % lane_window];
        reports_.push_back(
            {lane_word::answer, first_++, offered.count, offered.count, offered.listener});
    }
    return true;
}

void lane_sender::finish(std::error_code error) {
    close();
    const end_handler tell = std::exchange(on_end_, nullptr);
    if (tell) tell(error);
}

void lane_sender::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace cluster
