#include "04-auto-restart/worker_life.hpp"

#include <csignal>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "04-auto-restart/process_title.hpp"
#include "support/environment.hpp"
#include "support/timeout.hpp"

namespace cluster {
namespace {

// The primary's name for this worker.
int take_id() {
    const auto text = support::take_variable("NODE_UNIQUE_ID");
    if (!text) return 0;
    const auto id = support::number_in<int>(*text);
    if (!id || *id < 1) {
        throw std::runtime_error("NODE_UNIQUE_ID=" + *text + ": not a worker's number");
    }
    return *id;
}

}  // namespace

worker_life::worker_life(const asio::any_io_executor& executor, support::unique_fd channel_end)
    : executor_(executor),
      id_(take_id()),
      guard_(executor),
      primary_(executor, std::move(channel_end)),
      signals_(executor, SIGTERM),
      news_(executor) {
    static_cast<void>(std::signal(SIGINT, SIG_IGN));
    static_cast<void>(std::signal(SIGHUP, SIG_IGN));
    if (auto inherited = heartbeat::inherited()) heart_.emplace(executor, std::move(*inherited));
    primary_.on_act("disconnect", [this](const cluster_incoming&) { leave(leaving::cause::told); });
    listen_to_signals();
    asio::co_spawn(executor, until_alone(), support::rethrow);
}

asio::awaitable<listen_grant> worker_life::listen(listen_query query) {
    const support::weak_ref self(anchor_);
    auto grant = co_await primary_.listen(std::move(query));
    if (self) keys_.push_back(grant.reply.key);
    co_return grant;
}

void worker_life::set_connections(std::size_t open) {
    if (heart_) heart_->page().set_connections(open);
}

void worker_life::suicide(const std::string& reason) {
    if (leaving_) return;
    primary_.post(messages::suicide(reason));
    leave(leaving::cause::failed);
}

void worker_life::recycle(const std::string& reason) {
    if (leaving_) return;
    primary_.post(messages::recycle(reason));
    leave(leaving::cause::recycled);
}

asio::awaitable<leaving> worker_life::until_leaving() {
    while (!leaving_) co_await news_.wait();
    co_return *leaving_;
}

void worker_life::leave(leaving::cause why) {
    if (leaving_) return;
    leaving_ = {why, why == leaving::cause::failed ? 1 : 0, patience};
    if (why == leaving::cause::told) leaving_->limit.reset();
    for (const std::string& key : keys_) primary_.post(messages::close(key));
    primary_.stop_asking();
    news_.notify_all();
}

// The first SIGTERM is a request; who sends a second one means it.
void worker_life::listen_to_signals() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
        if (error) return;
        if (leaving_ && leaving_->why == leaving::cause::signalled) {
            signals_.clear();  // gives the default back
            static_cast<void>(std::raise(number));
        }
        if (!leaving_) primary_.post(messages::suicide("SIGTERM"));
        leave(leaving::cause::signalled);
        listen_to_signals();
    });
}

asio::awaitable<void> worker_life::until_alone() {
    using namespace asio::experimental::awaitable_operators;
    const support::weak_ref self(anchor_);
    co_await (guard_.until_orphaned() || primary_.until_ended());
    if (self) leave(leaving::cause::orphaned);
}

asio::awaitable<int> worker_life::lived(asio::awaitable<int> body) {
    try {
        co_return co_await std::move(body);
    } catch (const std::system_error& error) {
        // It was asked to leave before it had begun to listen.
        if (!leaving_ || error.code() != std::errc::operation_canceled) throw;
        co_return leaving_->exit_code;
    }
}

int run_worker(support::unique_fd channel_end,
               const std::function<asio::awaitable<int>(worker_life&)>& body) try {
    asio::io_context io(1);
    worker_life life(io.get_executor(), std::move(channel_end));
    set_process_title("worker " + std::to_string(life.id()));
    std::optional<int> code;
    std::exception_ptr failure;
    auto whole = [&]() -> asio::awaitable<int> {
        const int result = co_await life.lived(body(life));
        // What was said last is still to be written.
        co_await support::with_timeout(life.primary().disconnect(), std::chrono::seconds(1));
        co_return result;
    };
    asio::co_spawn(io, whole(), [&](std::exception_ptr error, int value) {
        failure = error;
        code = value;
        io.stop();
    });
    while (!code) {
        try {
            io.run();
        } catch (...) {
            const std::string reason = describe(std::current_exception());
            std::cerr << "uncaught: " << reason << std::endl;
            life.suicide(reason);
        }
    }
    if (failure) std::rethrow_exception(failure);
    return *code;
} catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
    return 1;
}

std::string describe(std::exception_ptr error) try {
    std::rethrow_exception(std::move(error));
} catch (const std::exception& known) {
    return known.what();
} catch (...) {
    return "an exception of no known type";
}

}  // namespace cluster
