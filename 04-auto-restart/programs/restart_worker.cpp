// Answers HTTP under a supervisor, on a socket that it shares with its siblings, and can be made to
// fail in every way: see worker_pages.hpp.
//
// Exit codes: 0 told to leave, or its primary has gone · 1 it failed · 2 wrong flags
#include <stdexcept>

#include "02-fork-ipc/fork.hpp"
#include "04-auto-restart/programs/worker_pages.hpp"
#include "support/flags.hpp"
#include "support/timeout.hpp"

namespace {

asio::awaitable<int> work(cluster::worker_life& life, std::uint16_t port) {
    const auto executor = co_await asio::this_coro::executor;
    worker_pages pages(executor, life);
    support::http_server server(
        executor, [&](const auto& request, auto& reply) { pages.answer(request, reply); });
    const auto tell = [&] { life.set_connections(server.connections()); };
    server.on_connection_begin(tell);
    server.on_connection_end(tell);
    server.on_error([&](std::exception_ptr error) { life.suicide(cluster::describe(error)); });

    auto grant = co_await life.listen(cluster::tcp_query("127.0.0.1", port));
    if (!grant.socket) throw std::runtime_error("this worker accepts for itself; see stage 05");
    server.listen(std::move(*grant.socket).release());

    const cluster::leaving leaving = co_await life.until_leaving();
    co_await support::with_end(server.drain(), life.until_time_is_up());
    co_return leaving.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = support::default_port();
    support::flags flags("restart_worker", "Answers HTTP under restart_primary.");
    flags.add("port", port, "port to ask the primary for; 0 lets it pick one for all workers");
    if (const auto code = flags.parse(argc, argv)) return *code;
    auto channel_end = child_process::inherited_channel();
    if (!channel_end) return flags.wrong("a worker needs a primary: start restart_primary");
    return cluster::run_worker(std::move(*channel_end),
                               [&](cluster::worker_life& life) { return work(life, port); });
}
