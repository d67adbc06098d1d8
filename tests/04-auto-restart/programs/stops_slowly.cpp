// stops_slowly WORKER HOW LIMIT: a primary of one worker; at its stop, which may take LIMIT
// milliseconds, something has to be done before the workers are told.
//   --never   it is never done
//   --throws  it fails
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "04-auto-restart/listening_sockets.hpp"
#include "04-auto-restart/primary_signals.hpp"
#include "04-auto-restart/programs/primary_flags.hpp"

namespace {

asio::awaitable<void> before(std::string how) {
    support::log() << "before the end";
    if (how == "--throws") throw std::runtime_error("the queue is broken");
    asio::steady_timer never(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    for (;;) co_await never.async_wait(support::as_result);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    return support::run_program([&]() -> asio::awaitable<int> {
        primary_flags flags;
        flags.program = argv[1];
        flags.port = 0;
        cluster::supervisor workers(co_await asio::this_coro::executor, flags.supervision());
        const cluster::listening_sockets sockets(workers, cluster::shared_policy());
        tell(workers);
        workers.keep_running(1);
        cluster::stop_settings stop;
        stop.limit = std::chrono::milliseconds(std::atoi(argv[3]));
        stop.before = [&] { return before(argv[2]); };
        co_return co_await cluster::run_until_signalled(workers, std::move(stop));
    });
}
