#include "06-cluster-lib/worker_main.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cstdlib>
#include <utility>

#include "04-auto-restart/worker_life.hpp"

namespace cluster {
namespace {

using namespace asio::experimental::awaitable_operators;

// Asked for before main() begins: the variable is taken out of the environment later.
const bool started_as_worker = std::getenv("NODE_UNIQUE_ID") != nullptr;

// The body runs as a coroutine of its own, so that what it throws is an uncaught exception like any
// other.
class served_body {
  public:
    served_body(net::membership& process, const asio::any_io_executor& executor)
        : process_(process), news_(executor) {}

    void start(const asio::any_io_executor& executor, asio::awaitable<void> body,
               std::function<void(std::exception_ptr)> failed) {
        asio::co_spawn(executor, std::move(body),
                       [self = support::weak_ref(anchor_),
                        failed = std::move(failed)](std::exception_ptr error) {
                           if (!self) return;  // its time was up
                           self->done_ = true;
                           self->news_.notify_all();
                           if (error) failed(error);
                       });
    }

    asio::awaitable<void> until_done() {
        while (!done_) co_await news_.wait();
        co_await process_.until_idle();
    }

  private:
    net::membership& process_;
    bool done_ = false;
    support::async_condition news_;
    support::weak_anchor<served_body> anchor_{this};
};

bool means_leaving(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::system_error& known) {
        return known.code() == std::errc::operation_canceled;
    } catch (...) {
        return false;
    }
}

asio::awaitable<int> live(worker_life& life,
                          const std::function<asio::awaitable<void>(net::membership&)>& body) {
    const auto executor = co_await asio::this_coro::executor;
    auto& process = net::membership::of(executor);
    process.attach(life);
    served_body work(process, executor);
    work.start(executor, body(process), [&](std::exception_ptr error) {
        // It was asked to leave before it had begun to listen.
        if (!process.leaving() || !means_leaving(error)) std::rethrow_exception(error);
    });
    co_await (work.until_done() || life.until_time_is_up());
    process.detach();
    co_return life.leaves() ? life.leaves()->exit_code : 0;
}

}  // namespace

bool is_started_as_worker() {
    return started_as_worker;
}

int worker_main(const std::function<asio::awaitable<void>(net::membership&)>& body) {
    return run_worker(net::channel_to_primary(),
                      [&](worker_life& life) { return live(life, body); });
}

int run_alone(const std::function<asio::awaitable<void>()>& body) {
    return support::run_program([&]() -> asio::awaitable<int> {
        const auto executor = co_await asio::this_coro::executor;
        auto& process = net::membership::of(executor);
        process.join(executor);
        served_body work(process, executor);
        std::exception_ptr failure;
        work.start(executor, body(), [&](std::exception_ptr error) { failure = error; });
        auto asked = [&]() -> asio::awaitable<void> {
            co_await support::until_signal();
            process.leave();
        };
        co_await (work.until_done() || asked());
        if (!failure) co_await work.until_done();
        if (failure) std::rethrow_exception(failure);
        co_return 0;
    });
}

}  // namespace cluster
