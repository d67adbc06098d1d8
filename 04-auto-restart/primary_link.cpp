#include "04-auto-restart/primary_link.hpp"

#include <sys/socket.h>

#include <limits>
#include <utility>

#include "support/sockets.hpp"
#include "support/syscall.hpp"

namespace cluster {
namespace {

// Node's primary does not notice that binding a TCP port has failed: it passes a socket that is
// bound to nothing. Whoever asked for a port looks at what it got.
bool bound_as_asked(const listen_query& query, const child_process::handle& socket) {
    const bool tcp = query.type == socket_type::tcp4 || query.type == socket_type::tcp6;
    if (!tcp || query.port.value_or(0) == 0) return true;
    return support::local_port(socket.fd()) == *query.port;
}

std::optional<int> real_port(const listen_grant& grant) {
    if (grant.socket) {
        const auto where = support::local_endpoint(grant.socket->fd());
        return where ? std::optional<int>(where->port) : grant.query.port;
    }
    const json& name = grant.reply.sockname;
    const bool known =
        name.is_object() && name.contains("port") && name["port"].is_number_integer();
    return known ? name["port"].get<int>() : grant.query.port;
}

// For people: the key is for machines.
std::string place(const listen_query& query) {
    if (query.fd.value_or(-1) >= 0) return "descriptor " + std::to_string(*query.fd);
    std::string address = query.address.value_or("");
    if (query.port.value_or(-1) == -1) return address;  // a path
    const std::string port = std::to_string(*query.port);
    if (address.empty()) return "port " + port;
    const bool ipv6 = address.find(':') != address.npos;
    return (ipv6 ? "[" + address + "]:" : address + ":") + port;
}

[[noreturn]] void refuse(const listen_query& query, int error) {
    support::throw_error({error, std::system_category()}, "listen on " + place(query));
}

}  // namespace

primary_link::primary_link(const asio::any_io_executor& executor, support::unique_fd channel_end)
    : channel_(executor, std::move(channel_end)), news_(executor) {
    channel_.on_internal([this](child_process::incoming arrived) { take(std::move(arrived)); });
    asio::co_spawn(executor, hear(), support::rethrow);
    post(messages::online());
}

void primary_link::post(json message) {
    channel_.post(messages::numbered(std::move(message)));
}

void primary_link::answer(const cluster_message& request, json message) {
    channel_.post(messages::answering(request, std::move(message)));
}

asio::awaitable<std::optional<cluster_incoming>> primary_link::ask(json message) {
    return ask(std::move(message), patience::while_asking);
}

asio::awaitable<void> primary_link::until_heard() {
    listen_query unanswerable;
    unanswerable.type = socket_type::descriptor;
    unanswerable.port.reset();
    unanswerable.fd = std::numeric_limits<int>::max();  // which no process has
    json question = messages::query_server(unanswerable);
    static_cast<void>(co_await ask(std::move(question), patience::to_the_end));
}

asio::awaitable<std::optional<cluster_incoming>> primary_link::ask(json message,
                                                                   patience how_long) {
    const support::weak_ref self(anchor_);
    message = messages::numbered(std::move(message));
    const std::uint64_t number = messages::number_of(message);
    channel_.post(message);
    struct question {  // forgotten also when this coroutine is cancelled
        const support::weak_ref<primary_link>& self;
        std::uint64_t number;
        ~question() {
            if (self) self->asked_.erase(number);
        }
    } const guard{self, number};
    asked_.emplace(number, std::nullopt);
    const auto goes_on = [&] {
        return !ended_ && (!asks_no_more_ || how_long == patience::to_the_end);
    };
    while (self && !asked_[number] && goes_on()) co_await news_.wait();
    if (!self) co_return std::nullopt;
    co_return std::move(asked_[number]);
}

void primary_link::stop_asking() {
    asks_no_more_ = true;
    news_.notify_all();
}

asio::awaitable<listen_grant> primary_link::listen(listen_query query) {
    const support::weak_ref self(anchor_);
    auto answered = co_await ask(messages::query_server(query));
    if (!answered) refuse(query, self && asks_no_more_ ? ECANCELED : EPIPE);
    listen_grant grant{std::move(query), listen_reply::read(answered->message), std::nullopt,
                       std::move(answered->passed)};
    if (grant.reply.error != 0) refuse(grant.query, grant.reply.error);
    if (grant.socket && !bound_as_asked(grant.query, *grant.socket)) {
        refuse(grant.query, EADDRINUSE);
    }
    const bool accepts = grant.socket && !grant.query.datagram();
    if (accepts && ::listen(grant.socket->fd(), grant.query.queue_length()) == -1) {
        const int error = errno;
        post(messages::close(grant.reply.key));
        refuse(grant.query, error);
    }
    grant.port = real_port(grant);
    post(messages::listening(grant.query, grant.port));
    co_return grant;
}

asio::awaitable<void> primary_link::until_ended() {
    const support::weak_ref self(anchor_);
    while (self && !ended_) co_await news_.wait();
}

asio::awaitable<std::optional<child_process::incoming>> primary_link::next_message() {
    try {
        co_return co_await channel_.receive();
    } catch (const std::system_error&) {
        co_return std::nullopt;  // a primary that breaks the rules is one we no longer have
    }
}

asio::awaitable<void> primary_link::hear() {
    const support::weak_ref self(anchor_);
    for (;;) {
        auto message = co_await next_message();
        if (!self) co_return;
        if (!message) break;
        on_message(*message);
    }
    ended_ = true;
    news_.notify_all();
}

void primary_link::take(child_process::incoming arrived) {
    auto message = cluster_message::read(std::move(arrived.message));
    if (!message) return;
    cluster_incoming incoming{std::move(*message), std::move(arrived.passed)};
    if (incoming.message.ack) {
        const auto asked = asked_.find(*incoming.message.ack);
        if (asked == asked_.end()) return;
        asked->second = std::move(incoming);
        news_.notify_all();
        return;
    }
    const auto handler = acts_.find(incoming.message.act);
    if (handler != acts_.end()) handler->second(std::move(incoming));
}

}  // namespace cluster
