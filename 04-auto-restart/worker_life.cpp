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
      news_(executor),
      end_(executor, asio::steady_timer::time_point::max()) {
    static_cast<void>(std::signal(SIGINT, SIG_IGN));
    static_cast<void>(std::signal(SIGHUP, SIG_IGN));
    if (auto inherited = heartbeat::inherited()) heart_.emplace(executor, std::move(*inherited));
    primary_.on_act("disconnect",
                    [this](const cluster_incoming&) { leave(leaving::cause::told, std::nullopt); });
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
    leave(leaving::cause::failed, patience);
}

void worker_life::recycle(const std::string& reason) {
    if (leaving_) return;
    primary_.post(messages::recycle(reason));
    leave(leaving::cause::recycled, patience);
}

asio::awaitable<leaving> worker_life::until_leaving() {
    while (!leaving_) co_await news_.wait();
    co_return *leaving_;
}

asio::awaitable<void> worker_life::until_time_is_up() {
    const support::weak_ref self(anchor_);
    // Whoever moves the end wakes us, to wait for the new one.
    while (self && end_.expiry() > std::chrono::steady_clock::now()) {
        co_await end_.async_wait(support::as_result);
    }
}

void worker_life::leave(leaving::cause why, std::optional<std::chrono::milliseconds> limit) {
    if (leaving_) return;
    leaving_ = {why, why == leaving::cause::failed ? 1 : 0, limit};
    if (limit) end_within(*limit);
    stop_listening();
    primary_.stop_asking();
    news_.notify_all();
}

// Of two ends the earlier one counts.
void worker_life::end_within(std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    if (end < end_.expiry()) end_.expires_at(end);
}

void worker_life::stop_listening() {
    for (const std::string& key : std::exchange(keys_, {})) primary_.post(messages::close(key));
}

void worker_life::unlisten(const std::string& key) {
    if (std::erase(keys_, key) > 0) primary_.post(messages::close(key));
}

void worker_life::quit(std::optional<std::chrono::milliseconds> limit) {
    if (leaving_ || std::exchange(quits_, true)) return;
    asio::co_spawn(executor_, take_leave(limit), support::rethrow);
}

asio::awaitable<void> worker_life::take_leave(std::optional<std::chrono::milliseconds> limit) {
    const support::weak_ref self(anchor_);
    stop_listening();
    static_cast<void>(co_await primary_.ask(messages::exited_after_disconnect()));
    if (!self || leaving_) co_return;
    leave(leaving::cause::left, limit);
}

// The first SIGTERM is a request; who sends one to a worker that leaves already is in a hurry, and
// who sends another one means it.
void worker_life::listen_to_signals() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
        if (error) return;
        if (!leaving_) {
            primary_.post(messages::suicide("SIGTERM"));
            leave(leaving::cause::signalled, patience);
        } else if (leaving_->why != leaving::cause::signalled) {
            leaving_->why = leaving::cause::signalled;
            end_within(last_patience);
        } else {
            signals_.clear();  // gives the default back
            static_cast<void>(std::raise(number));
        }
        listen_to_signals();
    });
}

asio::awaitable<void> worker_life::until_alone() {
    using namespace asio::experimental::awaitable_operators;
    const support::weak_ref self(anchor_);
    co_await (guard_.until_orphaned() || primary_.until_ended());
    if (!self) co_return;
    leave(leaving::cause::orphaned, orphan_patience);
    end_within(orphan_patience);  // it may have been leaving already, with a later end
}

asio::awaitable<void> worker_life::say_goodbye() {
    // Ours takes back what we have not answered for. Node's loses it, unless it has heard that we
    // serve no more; it has, where it told us to leave, or has agreed to it.
    const bool told = leaving_ && (leaving_->why == leaving::cause::told ||
                                   leaving_->why == leaving::cause::left);
    const bool primary_is_ours = heart_.has_value();
    if (!told && !primary_is_ours) co_await primary_.until_heard();
    co_await primary_.disconnect();
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
        co_await support::with_timeout(life.say_goodbye(), std::chrono::seconds(1));
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
