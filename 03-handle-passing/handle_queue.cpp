#include "03-handle-passing/handle_queue.hpp"

#include <utility>

namespace child_process {

void handle_queue::push(entry added) {
    size_ += added.line.size();
    if (added.passed) ++handles_;
    lines_.push_back(std::move(added));
}

void handle_queue::push(std::string line) {
    push(entry{std::move(line), std::nullopt, 0, 0});
}

std::uint64_t handle_queue::push(std::string line, handle passed) {
    push(entry{std::move(line), std::move(passed), ++tickets_, 0});
    return tickets_;
}

std::optional<handle_queue::outgoing> handle_queue::next() {
    if (std::exchange(again_, false)) return outgoing{waiting_->line, waiting_->passed->fd()};
    if (waiting_ || lines_.empty()) return std::nullopt;
    entry first = std::move(lines_.front());
    lines_.pop_front();
    size_ -= first.line.size();
    if (!first.passed) return outgoing{std::move(first.line), -1};
    --handles_;
    departed_ = false;
    waiting_ = std::move(first);
    return outgoing{waiting_->line, waiting_->passed->fd()};
}

std::optional<handle_queue::settled> handle_queue::answered(bool arrived) {
    // A peer could answer what we have not even sent, to make us close the descriptor while its
    // number waits to be written.
    if (!waiting_ || !departed_) return std::nullopt;
    const bool connection = waiting_->passed->kind() == handle_kind::socket ||
                            waiting_->passed->kind() == handle_kind::pipe;
    const bool worth_a_retry = connection && !waiting_->passed->native();
    if (!arrived && worth_a_retry && waiting_->retries < most_retries) {
        ++waiting_->retries;
        again_ = true;
        departed_ = false;
        return std::nullopt;
    }
    const settled result{waiting_->ticket, arrived ? delivery::arrived : delivery::refused};
    waiting_.reset();
    return result;
}

std::vector<handle_queue::settled> handle_queue::abandon() {
    std::vector<settled> result;
    if (waiting_) result.push_back({waiting_->ticket, delivery::disconnected});
    for (const entry& line : lines_) {
        if (line.passed) result.push_back({line.ticket, delivery::disconnected});
    }
    waiting_.reset();
    lines_.clear();
    size_ = 0;
    handles_ = 0;
    again_ = false;
    return result;
}

}  // namespace child_process
