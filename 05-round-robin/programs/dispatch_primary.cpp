// Keeps workers running that answer HTTP on one port, and decides who gets the next connection.
//
// Exit codes: 0 stopped by a signal · 70 the workers do not come up · 131 SIGQUIT · 1 it failed · 2
// wrong flags
#include "04-auto-restart/primary_signals.hpp"
#include "04-auto-restart/process_title.hpp"
#include "04-auto-restart/programs/primary_flags.hpp"
#include "05-round-robin/programs/policies.hpp"

namespace {

asio::awaitable<int> dispatch(const primary_flags& given, const std::string& policy,
                              dispatch_flags hand_over) {
    cluster::supervisor workers(co_await asio::this_coro::executor, given.supervision());
    cluster::listening_sockets sockets(workers, *policy_named(workers, policy, hand_over));
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
    dispatch_flags hand_over;
    given.program = support::sibling_program("dispatch_worker");
    support::flags flags("dispatch_primary", "Hands each connection to a worker, in turn.");
    flags.add("policy", policy,
              "shared, round-robin, least-connections, address-hash or reuseport");
    flags.add("credit", hand_over.credit,
              "how many connections a worker may not have answered for");
    flags.add("offers", hand_over.offers,
              "how many workers may die with a connection before its client is told 503");
    given.add_to(flags);
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (const std::string fault = given.fault(); !fault.empty()) return flags.wrong(fault);
    if (!is_policy(policy)) return flags.wrong(policy_fault());
    if (hand_over.credit < 1 || hand_over.offers < 1) {
        return flags.wrong("--credit and --offers must be at least 1");
    }
    support::set_log_role("primary");
    cluster::set_process_title("primary");
    return support::run_program([&] { return dispatch(given, policy, hand_over); });
}
