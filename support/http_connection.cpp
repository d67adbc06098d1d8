#include "support/http_connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <utility>

#include "support/http_core.hpp"
#include "support/syscall.hpp"

namespace support {
namespace {

constexpr std::size_t flush_at = 64 * 1024;  // so that a burst of requests does not pile up answers
constexpr int most_empty_lines = 8;

}  // namespace

http_connection::http_connection(http_core& core, unique_fd fd) : core_(core), fd_(std::move(fd)) {}

void http_connection::start(bool at_once) {
    if (at_once) {
        receive();
    } else {
        watch();
    }
}

void http_connection::on_event(std::uint32_t events) {
    constexpr std::uint32_t gone = EPOLLHUP | EPOLLERR;
    if (phase_ == phase::ended) return;
    readable_ = readable_ || (events & ~EPOLLOUT) != 0;
    half_closed_ = half_closed_ || (events & (EPOLLRDHUP | gone)) != 0;
    if (!unsent_.empty()) return resume_sending();
    if (phase_ == phase::lingering) return discard();
    if (phase_ == phase::receiving && readable_) return receive();
    if (phase_ == phase::handling && (events & gone) != 0) end();
}

void http_connection::receive() {
    const ssize_t size = core_.read(fd_.get());
    if (size == 0 || (size < 0 && errno != EAGAIN)) return end();
    // Each change of the socket is reported once. After a short read nothing is left but an end
    // that came with it.
    readable_ = half_closed_ || size == http_core::input_size;
    if (size > 0) {
        const std::string_view fresh(core_.input(), static_cast<std::size_t>(size));
        if (held_.empty()) {
            held_ = fresh.substr(take(fresh));
        } else {
            held_.append(fresh);
            take_held();
        }
    }
    settle();
}

void http_connection::take_held() {
    held_.erase(0, take(held_));
    if (held_.empty()) held_ = std::string();
}

std::size_t http_connection::take(std::string_view input) {
    std::size_t used = 0;
    while (used < input.size() && phase_ == phase::receiving && closing_ == closing::no &&
           unsent_.empty()) {
        const std::size_t step = take_one(input.substr(used));
        if (step == 0) break;
        used += step;
        if (core_.output().size() >= flush_at) flush();
    }
    // Behind the last answer nothing counts.
    return phase_ == phase::ended || closing_ != closing::no ? input.size() : used;
}

std::size_t http_connection::take_one(std::string_view input) {
    if (chunked_ != nullptr) return take_chunks(input);
    if (head_size_ > 0) return take_body(input);
    // Some clients end a body with a line end that is not part of it.
    if (input.starts_with("\r\n")) {
        // Without a limit they would keep the connection for ever.
        if (++empty_lines_ > most_empty_lines) return refuse(400), input.size();
        head_end_.restart();
        return 2;
    }
    return take_head(input);
}

std::size_t http_connection::take_head(std::string_view input) {
    const auto [size, wrong] = head_end_.find(input, core_.limits());
    if (wrong != 0) return refuse(wrong), input.size();
    if (size == 0) return 0;
    head_end_.restart();
    new_request_ = true;
    empty_lines_ = 0;
    const int status = parse_http_head(input.substr(0, size), core_.request(), framing_);
    if (status != 0) return refuse(status), input.size();
    if (framing_.length > core_.limits().body) return refuse(413), input.size();
    if (!framing_.chunked && framing_.length <= input.size() - size) {
        return answer_whole(input, size);
    }
    if (framing_.expects_continue && input.size() == size) {
        core_.output().append("HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (framing_.chunked) {
        chunked_ = std::make_unique<http_chunked>(input.substr(0, size), core_.limits());
        return size;
    }
    head_size_ = size;
    return 0;
}

std::size_t http_connection::take_body(std::string_view input) {
    if (input.size() - head_size_ < framing_.length) return 0;
    // Read again: since the head was read first, others have used the core's request and the bytes
    // have moved.
    parse_http_head(input.substr(0, head_size_), core_.request(), framing_);
    return answer_whole(input, std::exchange(head_size_, 0));
}

// The head has just been read into the core's request, and the body is behind it.
std::size_t http_connection::answer_whole(std::string_view input, std::size_t head_size) {
    http_request& request = core_.request();
    request.body_ = input.substr(head_size, framing_.length);
    const std::size_t size = head_size + framing_.length;
    answer(request, input.size() > size);
    return size;
}

std::size_t http_connection::take_chunks(std::string_view input) {
    const auto [used, wrong] = chunked_->take(input);
    if (wrong != 0) return refuse(wrong), input.size();
    if (!chunked_->done()) return used;
    const std::unique_ptr<http_chunked> whole = std::move(chunked_);
    http_request& request = core_.request();
    parse_http_head(whole->head(), request, framing_);
    request.body_ = whole->body();
    answer(request, input.size() > used);
    return used;
}

void http_connection::answer(const http_request& request, bool more) {
    ++served_;
    client_stays_ = request.keep_alive();
    http_10_ = request.version() == 10;
    head_only_ = request.method() == "HEAD";
    http_reply& reply = core_.reply();
    reply.clear();
    try {
        core_.handle(request, reply);
    } catch (...) {
        return fail(std::current_exception());
    }
    if (phase_ == phase::ended) return;  // the handler has destroyed the server
    if (reply.taker_) return hand_over(std::exchange(reply.taker_, nullptr));
    if (!reply.later_) return respond(reply, more);
    phase_ = phase::handling;
    promise(std::move(*reply.later_));
}

void http_connection::promise(asio::awaitable<http_response> answer) {
    asio::co_spawn(core_.executor(), std::move(answer),
                   [core = core_.ref(), self = weak_ref<http_connection>(anchor_)](
                       const std::exception_ptr& error, const http_response& response) {
                       if (!core) return;
                       core->turn([&] { keep_promise(*core.get(), self.get(), error, response); });
                   });
}

void http_connection::keep_promise(http_core& core, http_connection* self,
                                   const std::exception_ptr& error, const http_response& response) {
    if (self != nullptr && self->phase_ == phase::handling)
        return self->answer_now(error, response);
    if (error) core.report(error);  // nobody is left to be answered
}

void http_connection::answer_now(const std::exception_ptr& error, const http_response& response) {
    phase_ = phase::receiving;
    if (error) {
        fail(error);
    } else {
        respond(response, !held_.empty());
    }
    if (unsent_.empty()) take_held();
    settle();
}

}  // namespace support
