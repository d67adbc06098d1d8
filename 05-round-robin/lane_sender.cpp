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
                         reports_handler on_reports, end_handler on_end)
    : socket_(child_process::watch(executor, end)),
      on_reports_(std::move(on_reports)),
      on_end_(std::move(on_end)) {
    support::set_nonblocking(socket_.native_handle());
    wait();
}

lane_sender::offer lane_sender::send(std::uint32_t listener, std::span<const int> fds) {
    if (!is_open()) return {0, 0, std::make_error_code(std::errc::broken_pipe)};
    if (fds.empty()) return {0, 0, std::make_error_code(std::errc::invalid_argument)};
    if (next_ - first_ == lane_window) {
        return {0, 0, std::make_error_code(std::errc::resource_unavailable_try_again)};
    }
    fds = fds.first(std::min(fds.size(), lane_batch));
    const auto count = static_cast<std::uint16_t>(fds.size());
    const lane_record record{lane_word::offer, count, next_, listener, 0};
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
    if (receiving_ || !is_open()) return;  // a handler of ours calls us
    receiving_ = true;
    const support::weak_ref self(anchor_);
    std::vector<lane_report> reports = std::exchange(reports_, {});
    std::error_code error;
    bool more = true;
    for (int n = 0; more && n < most_reads; ++n) more = read_some(reports, error);
    const bool ended = !more && error != std::errc::resource_unavailable_try_again;
    if (!reports.empty()) {
        // Taken out for the call: a handler that destroys us must not be destroyed while it runs.
        reports_handler tell = std::move(on_reports_);
        tell(reports);
        if (!self) return;
        on_reports_ = std::move(tell);
    }
    reports.clear();
    reports_ = std::move(reports);
    receiving_ = false;
    if (ended && is_open()) finish(error);
}

// False when there is nothing more to read, for the reason `error`; none at the end.
bool lane_sender::read_some(std::vector<lane_report>& reports, std::error_code& error) {
    const ssize_t count = support::retry([&] {
        return ::recv(socket_.native_handle(), bytes_.data() + filled_, bytes_.size() - filled_, 0);
    });
    // The kernel says "reset" for the end if the worker has left offers unread.
    if (count == 0 || (count < 0 && errno == ECONNRESET)) {
        if (filled_ > 0) error = lane_errc::truncated;
        return false;
    }
    if (count < 0) {
        error = support::last_error();
        return false;
    }
    filled_ += static_cast<std::size_t>(count);
    std::size_t done = 0;
    for (; !error && filled_ - done >= sizeof(lane_record); done += sizeof(lane_record)) {
        error = take(record_of(bytes_.data() + done), reports);
    }
    filled_ -= done;
    std::memmove(bytes_.data(), bytes_.data() + done, filled_);
    return !error;
}

std::error_code lane_sender::take(const lane_record& record, std::vector<lane_report>& reports) {
    if (record.word == lane_word::room) {
        reports.push_back({record.word, 0, 0, 0, record.listener, record.open});
        return {};
    }
    if (record.word != lane_word::answer && record.word != lane_word::unknown_listener) {
        return lane_errc::malformed;
    }
    if (first_ == next_ || record.sequence != first_) return lane_errc::unknown_offer;
    const sent_offer& offered = offers_[first_ % lane_window];
    const std::size_t taken = record.word == lane_word::answer ? record.count : 0;
    if (taken > offered.count) return lane_errc::too_many_taken;
    reports.push_back({record.word, first_++, offered.count, taken, offered.listener, record.open});
    return {};
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
