// Answers HTTP on connections that come in whichever way the primary deals them out: passed one by
// one, or accepted from a socket of its own. The pages are those of worker_pages.hpp.
//
// Exit codes: 0 told to leave, or its primary has gone · 1 it failed · 2 wrong flags
#include "02-fork-ipc/fork.hpp"
#include "04-auto-restart/programs/worker_pages.hpp"
#include "05-round-robin/worker_sockets.hpp"
#include "support/flags.hpp"
#include "support/timeout.hpp"

namespace {

struct settings {
    std::uint16_t port = support::default_port();
    int most = 0;
};

asio::awaitable<int> work(cluster::worker_life& life, const settings& given) {
    const auto executor = co_await asio::this_coro::executor;
    worker_pages pages(executor, life);
    cluster::worker_sockets sockets(life);
    support::http_server server(
        executor, [&](const auto& request, auto& reply) { pages.answer(request, reply); });
    server.on_connection_begin([&] { sockets.connections_changed(); });
    server.on_connection_end([&] { sockets.connections_changed(); });
    server.on_error([&](std::exception_ptr error) { life.suicide(cluster::describe(error)); });

    cluster::connection_handlers handlers;
    handlers.serve = [&](support::unique_fd connection) { server.serve(std::move(connection)); };
    handlers.open = [&] { return server.connections(); };
    if (given.most > 0) handlers.most = static_cast<std::size_t>(given.most);
    auto query = cluster::tcp_query("127.0.0.1", given.port);
    auto listening = co_await sockets.listen(std::move(query), std::move(handlers));
    if (listening.socket) server.listen(std::move(*listening.socket));

    const cluster::leaving leaving = co_await life.until_leaving();
    sockets.stop();
    co_await support::with_end(server.drain(), life.until_time_is_up());
    co_return leaving.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("dispatch_worker", "Answers HTTP under dispatch_primary.");
    flags.add("port", given.port, "port to ask the primary for; 0 lets it pick one for all");
    flags.add("connections", given.most, "the most to have open at a time; 0: any number");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.most < 0) return flags.wrong("--connections is not negative");
    auto channel_end = child_process::inherited_channel();
    if (!channel_end) return flags.wrong("a worker needs a primary: start dispatch_primary");
    return cluster::run_worker(std::move(*channel_end),
                               [&](cluster::worker_life& life) { return work(life, given); });
}
