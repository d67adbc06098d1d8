// The pages of a worker that can be made to fail in every way that a worker fails.
#pragma once

#include <unistd.h>

#include <stdexcept>
#include <string>

#include "04-auto-restart/worker_life.hpp"
#include "support/environment.hpp"
#include "support/http_server.hpp"

/// Answers
///
///     GET /              pid, and how many workers came before this one
///     GET /crash         throws where nobody catches: suicide, then exit, the others answered
///     GET /crash?in=W    the same in a "coroutine" or a "timer", where no request is to blame
///     GET /hang          never returns to the event loop
///     GET /exit?code=N   exits at once, in the middle of everything
///     GET /slow?ms=N     answers after N milliseconds
class worker_pages {
  public:
    worker_pages(const asio::any_io_executor& executor, cluster::worker_life& life)
        : executor_(executor), life_(life), timer_(executor) {}

    void answer(const support::http_request& request, support::http_reply& reply) {
        const auto path = request.path();
        if (path == "/") return greet(reply);
        if (path == "/slow") return reply.later(answer_after(number_in(request, "ms", 1000)));
        if (path == "/crash") return crash(request.query("in").value_or("handler"), reply);
        if (path == "/hang") hang();
        if (path == "/exit") ::_exit(number_in(request, "code", 1));
        reply.text("there is nothing here\n", 404);
    }

  private:
    static int number_in(const support::http_request& request, const char* name, int otherwise) {
        return support::number_in<int>(request.query(name).value_or("")).value_or(otherwise);
    }

    void greet(support::http_reply& reply) const {
        reply.text("worker " + std::to_string(life_.id()) + ", pid " + std::to_string(::getpid()) +
                   ", after " + std::to_string(life_.id() - 1) + " others\n");
    }

    static asio::awaitable<support::http_response> answer_after(int milliseconds) {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        timer.expires_after(std::chrono::milliseconds(milliseconds));
        co_await timer.async_wait(support::as_result);
        support::http_response response;
        response.text("that was slow\n");
        co_return response;
    }

    static asio::awaitable<void> throw_in_coroutine() {
        throw std::runtime_error("nobody catches this in a coroutine");
        co_return;
    }

    void crash(const std::string& where, support::http_reply& reply) {
        if (where == "handler") throw std::runtime_error("nobody catches this");
        reply.text("crashing in a " + where + "\n");
        if (where == "coroutine") {
            asio::co_spawn(executor_, throw_in_coroutine(), support::rethrow);
        } else {
            timer_.expires_after(std::chrono::milliseconds(0));
            timer_.async_wait([](const boost::system::error_code&) {
                throw std::runtime_error("nobody catches this in a timer");
            });
        }
    }

    [[noreturn]] static void hang() {
        for (volatile bool forever = true; forever;) {
        }
        ::_exit(0);
    }

    asio::any_io_executor executor_;
    cluster::worker_life& life_;
    asio::steady_timer timer_;
};
