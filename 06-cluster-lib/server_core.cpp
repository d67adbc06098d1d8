#include "06-cluster-lib/server_core.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "06-cluster-lib/membership.hpp"
#include "support/syscall.hpp"

namespace net {

ticket::ticket(const support::weak_ref<membership>& process,
               const support::weak_ref<server_core>& server)
    : process_(process), server_(server) {
    if (process_) ++process_->open_;
    if (server_) ++server_->served_;
}

ticket::ticket(ticket&& other) noexcept
    : process_(other.process_),
      server_(other.server_),
      counts_(std::exchange(other.counts_, false)) {}

ticket::~ticket() {
    if (!counts_) return;
    if (process_) {
        --process_->open_;
        if (process_->news_) process_->news_->notify_all();
    }
    if (server_) {
        --server_->served_;
        server_->ended();
    }
}

server_core::server_core(const asio::any_io_executor& executor, membership& process,
                         listen_options options)
    : executor_(executor),
      process_(process.anchor_),
      options_(std::move(options)),
      news_(executor) {
    process.servers_.push_back(this);
}

server_core::~server_core() {
    close();
    if (process_) std::erase(process_->servers_, this);
}

void server_core::accept_from(support::unique_fd listening, bool alone) {
    if (const auto where = support::local_endpoint(listening.get())) port_ = where->port;
    own_.emplace(executor_, std::move(listening));
    alone_ = alone;
}

void server_core::listens(std::string key, std::optional<int> port, std::string counted_as) {
    key_ = std::move(key);
    port_ = static_cast<std::uint16_t>(std::clamp(port.value_or(0), 0, 65535));
    counted_as_ = std::move(counted_as);
}

cluster::connection_handlers server_core::handlers() {
    cluster::connection_handlers result;
    const support::weak_ref self(anchor_);
    result.serve = [self](support::unique_fd passed) {
        if (self) self->take(std::move(passed));
    };
    result.open = [self] { return self ? self->connections() : 0; };
    result.most = options_.most_connections;
    return result;
}

void server_core::take(support::unique_fd accepted) {
    if (serve_) return serve_(std::move(accepted));
    waiting_.push_back(std::move(accepted));
    news_.notify_all();
}

std::size_t server_core::connections() const {
    return counted_ ? counted_() : served_ + waiting_.size();
}

connection server_core::next() {
    support::unique_fd first = std::move(waiting_.front());
    waiting_.pop_front();
    return {executor_, std::move(first), ticket(process_, support::weak_ref(anchor_))};
}

asio::awaitable<std::optional<connection>> server_core::accept() {
    const support::weak_ref self(anchor_);
    while (self) {
        if (!waiting_.empty()) co_return next();
        if (!open_) co_return std::nullopt;
        if (!own_ || served_ >= options_.most_connections) {
            co_await news_.wait();
        } else {
            auto accepted = co_await own_->accept();
            if (self && accepted) waiting_.push_back(std::move(*accepted));
        }
    }
    co_return std::nullopt;
}

void server_core::ended() {
    connections_changed();
    news_.notify_all();
}

void server_core::connections_changed() {
    if (process_ && process_->sockets_) process_->sockets_->connections_changed();
}

void server_core::leave() {
    if (!open_) return;
    // Of a socket that nobody else has, what the kernel holds would be reset with it.
    if (own_ && alone_) take_what_waits();
    open_ = false;
    close_own();
    news_.notify_all();
}

void server_core::close_own() {
    if (own_) own_->close();
    // A file that nobody listens behind would keep the next one from listening there.
    if (alone_ && !options_.path.empty()) ::unlink(options_.path.c_str());
}

void server_core::take_what_waits() {
    try {
        while (support::unique_fd each = own_->accept_now()) take(std::move(each));
    } catch (const std::system_error&) {
        // A socket that cannot be accepted from holds nothing.
    }
}

void server_core::close() {
    if (!open_) return;
    open_ = false;
    close_own();
    if (process_) process_->forget(*this);
    news_.notify_all();
}

asio::awaitable<void> server_core::until_closed() {
    const support::weak_ref self(anchor_);
    while (self && open_) co_await news_.wait();
}

std::optional<support::unique_fd> server_core::hand_over(
    std::function<void(support::unique_fd)> serve, std::function<std::size_t()> open) {
    serve_ = std::move(serve);
    counted_ = std::move(open);
    const support::weak_ref self(anchor_);
    for (support::unique_fd& each : std::exchange(waiting_, {})) {
        if (self) serve_(std::move(each));
    }
    if (!self || !own_) return std::nullopt;
    support::unique_fd copy = support::duplicate(own_->fd());
    own_.reset();
    return copy;
}

}  // namespace net
