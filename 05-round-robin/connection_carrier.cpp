#include "05-round-robin/connection_carrier.hpp"

#include <utility>

#include "support/sockets.hpp"
#include "support/syscall.hpp"

namespace cluster {

using child_process::delivery;
using child_process::handle;

message_carrier::message_carrier(const asio::any_io_executor& executor, worker_process& worker,
                                 std::string key, child_process::handle_kind kind,
                                 carrier_events tell)
    : executor_(executor),
      worker_(worker),
      key_(std::move(key)),
      kind_(kind),
      tell_(std::move(tell)) {}

std::size_t message_carrier::offer(std::span<const int> fds) try {
    if (!worker_.channel().connected() || offered_) return 0;
    // Told, not looked at: its client may have gone already.
    handle copy(support::duplicate(fds.front()), kind_);
    json message = messages::numbered(messages::new_connection(key_));
    offered_ = offered{messages::number_of(message), fds.front(), false, std::nullopt};
    asio::co_spawn(executor_, deliver(std::move(message), std::move(copy).as_native()),
                   support::rethrow);
    return 1;
} catch (const std::system_error&) {
    return 0;  // no descriptor left for the copy, or the client has gone: later
}

// The answer to the message is not enough: a descriptor may be lost on the way, and then the worker
// never sees the message.
asio::awaitable<void> message_carrier::deliver(json message, handle passed) {
    const support::weak_ref self(anchor_);
    const std::uint64_t number = messages::number_of(message);
    const delivery result = co_await worker_.channel().send(message, std::move(passed));
    if (!self || !waits_for(number)) co_return;
    if (result == delivery::arrived) {
        offered_->delivered = true;
        settle();
    } else if (result == delivery::refused) {
        const int fd = std::exchange(offered_, std::nullopt)->fd;
        tell_.refused(fd, refusal::not_sent);
    }
}

bool message_carrier::waits_for(std::uint64_t number) const {
    return offered_ && offered_->number == number;
}

void message_carrier::take(const cluster_message& message) {
    if (!message.ack || !waits_for(*message.ack)) return;  // nobody asked
    offered_->accepted = message.flag("accepted");
    settle();
}

// What it has said counts, whether or not we heard that the descriptor had arrived.
void message_carrier::read_last_answers() {
    if (!offered_ || !offered_->accepted) return;
    offered_->delivered = true;
    settle();
}

void message_carrier::settle() {
    if (!offered_->delivered || !offered_->accepted) return;
    const offered one = *std::exchange(offered_, std::nullopt);
    if (*one.accepted)
        tell_.accepted(one.fd);
    else
        tell_.refused(one.fd, refusal::full);
}

lane_carrier::lane_carrier(const asio::any_io_executor& executor, worker_process& worker,
                           const std::string& key, int credit, carrier_events tell)
    : worker_(worker), key_(key), credit_(credit), tell_(std::move(tell)) {
    support::socket_pair ends = support::make_socket_pair();
    theirs_ = std::move(ends.second);
    lane_ = std::make_unique<lane_sender>(
        executor, std::move(ends.first),
        [this](std::span<const lane_report> reports) { take_reports(reports); },
        [this](std::error_code error) { tell_.ended(error ? error.message() : ""); });
}

void lane_carrier::announce() {
    if (!theirs_) return;
    worker_.post(messages::lane(key_),
                 handle(std::move(theirs_), child_process::handle_kind::pipe).as_native());
}

std::size_t lane_carrier::offer(std::span<const int> fds) {
    const auto taken = fds.first(lane_->send(0, fds).taken);
    offered_.insert(offered_.end(), taken.begin(), taken.end());
    return taken.size();
}

void lane_carrier::read_answers() {
    lane_->receive();
}

void lane_carrier::take_reports(std::span<const lane_report> reports) {
    const support::weak_ref self(anchor_);
    for (const lane_report& report : reports) {
        if (report.word == lane_word::room)
            tell_.has_room();
        else
            answered(report);
        if (!self) return;
    }
}

void lane_carrier::answered(const lane_report& report) {
    const support::weak_ref self(anchor_);
    const bool unknown = report.word == lane_word::unknown_listener;
    for (std::size_t n = 0; n < report.offered && self; ++n) {
        const int fd = offered_.front();
        offered_.pop_front();
        if (n < report.taken)
            tell_.accepted(fd);
        else
            tell_.refused(fd, unknown ? refusal::not_listening : refusal::full);
    }
}

}  // namespace cluster
