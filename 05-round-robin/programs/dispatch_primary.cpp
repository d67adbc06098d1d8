// Keeps workers running that answer HTTP on one port, and decides who gets the next connection.
//
// Exit codes: 0 stopped by a signal · 70 the workers do not come up · 131 SIGQUIT · 1 it failed · 2
// wrong flags
#include "04-auto-restart/primary_signals.hpp"
#include "04-auto-restart/process_title.hpp"
#include "04-auto-restart/programs/primary_flags.hpp"
#include "05-round-robin/programs/policies.hpp"

namespace {

asio::awaitable<int> dispatch(const primary_flags& given, const std::string& policy) {
    cluster::supervisor workers(co_await asio::this_coro::executor, given.supervision());
    cluster::listening_sockets sockets(workers, *policy_named(workers, policy));
    tell(workers);
    workers.keep_running(given.workers);
    cluster::stop_settings stop;
    stop.limit = std::chrono::milliseconds(given.stop_limit);
    stop.before = [&] { return sockets.stop(); };
    co_return co_await cluster::run_until_signalled(workers, std::move(stop));
}

}  // namespace

int main(int argc, char** argv) {
    primary_flags given;
    std::string policy = "round-robin";
    given.program = support::sibling_program("dispatch_worker");
    support::flags flags("dispatch_primary", "Hands each connection to a worker, in turn.");
    flags.add("policy", policy,
              "shared, round-robin, least-connections, address-hash or reuseport");
    given.add_to(flags);
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (const std::string fault = given.fault(); !fault.empty()) return flags.wrong(fault);
    if (!is_policy(policy)) return flags.wrong(policy_fault());
    support::set_log_role("primary");
    cluster::set_process_title("primary");
    return support::run_program([&] { return dispatch(given, policy); });
}
