// A cluster in a program that keeps its main function and its event loop to itself, as a program
// does that was there before the cluster was.
//
// Exit codes: 0 stopped by a signal · 131 SIGQUIT · 1 it failed · 2 wrong flags
#include <cluster_workshop/cluster.hpp>
#include <iostream>

#include "support/flags.hpp"

namespace {

using namespace std::chrono_literals;

asio::awaitable<int> lead(cluster::setup setup, int workers) {
    cluster::primary cluster(co_await asio::this_coro::executor);
    cluster.setup(setup);
    cluster.on_listening([](cluster::worker& worker, const cluster::listening_address& where) {
        support::log() << "worker " << worker.id() << " listens on port " << where.port;
    });
    cluster.keep_running(workers);
    co_await cluster.until_signal();
    co_await cluster.disconnect(30s);
    co_return cluster.exit_code();
}

asio::awaitable<void> serve(std::uint16_t port) {
    support::http_server http(
        co_await asio::this_coro::executor,
        [](const support::http_request&, support::http_reply& reply) { reply.text("hello\n"); });
    net::server server = co_await net::listen(port);
    co_await net::serve_http(server, http);
}

int work(std::uint16_t port) try {
    asio::io_context io(1);
    asio::co_spawn(io, serve(port), support::rethrow);
    io.run();
    return 0;
} catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = support::default_port();
    int workers = support::available_cpus();
    support::flags flags("own_main",
                         "Answers HTTP with all cpus, from a main function of its own.");
    flags.add("port", port, "port to answer on; 0 picks a free one");
    flags.add("workers", workers, "how many workers");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (workers < 1) return flags.wrong("--workers must be at least 1");
    if (cluster::is_worker()) return work(port);
    cluster::setup setup;
    setup.arguments.emplace(argv + 1, argv + argc);
    support::set_log_role("primary");
    return support::run_program([&] { return lead(setup, workers); });
}
