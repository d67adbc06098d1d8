// Keeps workers running that answer HTTP on one port, whatever becomes of them.
//
// The workers ask for the port (environment variable PORT); any program that can be a worker of a
// Node cluster can be one here: `restart_primary --program node app.js`.
//
// Exit codes: 0 stopped by a signal · 70 the workers do not come up · 131 SIGQUIT · 1 it failed · 2
// wrong flags
#include "04-auto-restart/listening_sockets.hpp"
#include "04-auto-restart/primary_signals.hpp"
#include "04-auto-restart/process_title.hpp"
#include "04-auto-restart/programs/primary_flags.hpp"

namespace {

asio::awaitable<int> keep_running(const primary_flags& given) {
    cluster::supervisor workers(co_await asio::this_coro::executor, given.supervision());
    const cluster::listening_sockets sockets(workers, cluster::shared_policy());
    tell(workers);
    workers.keep_running(given.workers);
    cluster::stop_settings stop;
    stop.limit = std::chrono::milliseconds(given.stop_limit);
    co_return co_await cluster::run_until_signalled(workers, std::move(stop));
}

}  // namespace

int main(int argc, char** argv) {
    primary_flags given;
    given.program = support::sibling_program("restart_worker");
    support::flags flags("restart_primary", "Keeps workers running, whatever becomes of them.");
    given.add_to(flags);
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (const std::string fault = given.fault(); !fault.empty()) return flags.wrong(fault);
    support::set_log_role("primary");
    cluster::set_process_title("primary");
    return support::run_program([&] { return keep_running(given); });
}
