// random_ports: one HTTP server per cpu, each a process of its own on a random port.
//
// The parent starts this same program once per cpu, with --serve. The children share nothing but
// the terminal. They end with their parent, however it ends: by its destructors, or by the kernel.
//
// Exit code: 0 stopped by a signal, 1 no port was free or all children have failed, 2 wrong flags.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <numeric>
#include <random>

#include "01-spawn-exec/spawn.hpp"
#include "support/async_condition.hpp"
#include "support/cpu_count.hpp"
#include "support/flags.hpp"
#include "support/http_server.hpp"
#include "support/log.hpp"
#include "support/sockets.hpp"

using namespace child_process;

namespace {

struct settings {
    int workers = support::available_cpus();
    std::uint16_t from = 3000;
    std::uint16_t to = 3999;
    bool serve = false;
};

// Tries the ports in a random order. That a port is taken is found out by trying: to look first
// would leave time for somebody else to take it in between.
support::unique_fd listen_somewhere(const settings& range) {
    std::vector<std::uint16_t> ports(static_cast<std::size_t>(range.to - range.from + 1));
    std::iota(ports.begin(), ports.end(), range.from);
    std::shuffle(ports.begin(), ports.end(), std::mt19937(std::random_device{}()));
    for (const std::uint16_t port : ports) {
        try {
            return support::listen_tcp("127.0.0.1", port);
        } catch (const std::system_error& error) {
            if (error.code() != std::errc::address_in_use) throw;
        }
    }
    throw std::runtime_error("all ports from " + std::to_string(range.from) + " to " +
                             std::to_string(range.to) + " are taken");
}

asio::awaitable<int> serve(settings range) {
    support::set_log_role("child");
    support::unique_fd listening = listen_somewhere(range);
    const std::string port = std::to_string(support::local_port(listening.get()));
    const std::string greeting =
        "hello from process " + std::to_string(::getpid()) + " on port " + port + "\n";
    support::http_server server(
        co_await asio::this_coro::executor,
        [&](const support::http_request&, support::http_reply& reply) { reply.text(greeting); });
    server.listen(std::move(listening));
    support::log() << "listening on http://127.0.0.1:" << port << "/";
    co_await support::until_signal();
    co_return 0;
}

child start_server(const asio::any_io_executor& executor, const settings& range) {
    spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::inherit(), stdio::inherit()};
    options.parent_death_signal = SIGKILL;  // in case we cannot end them ourselves
    return spawn(
        executor, support::sibling_program("random_ports"),
        {"--serve", "--from", std::to_string(range.from), "--to", std::to_string(range.to)},
        options);
}

struct fleet {
    int running;
    int failed;  // ended otherwise than by being told to
    support::async_condition changed;
};

asio::awaitable<void> watch(child process, fleet& children) {
    const exit_status status = co_await process.wait();
    if (!status.success()) {
        support::log() << "child " << process.pid() << " ended: " << status;
        ++children.failed;
    }
    --children.running;
    children.changed.notify_all();
}

asio::awaitable<int> parent(settings given) {
    support::set_log_role("parent");
    const auto executor = co_await asio::this_coro::executor;
    fleet children{given.workers, 0, support::async_condition(executor)};
    for (int n = 0; n < given.workers; ++n) {
        child process = start_server(executor, given);
        support::log() << "started child " << process.pid();
        asio::co_spawn(executor, watch(std::move(process), children), asio::detached);
    }
    // On Ctrl-C this is destroyed where it waits, and with it every watch() and its child.
    while (children.running > 0) co_await children.changed.wait();
    // A Ctrl-C reaches the children too, and perhaps before it reaches us.
    if (children.failed == 0) co_return 0;
    support::log() << "no child is left";
    co_return 1;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("random_ports",
                         "Starts one HTTP server per cpu, each a process of its own on a random "
                         "port, until Ctrl-C.");
    flags.add("workers", given.workers, "how many servers; at first one per cpu");
    flags.add("from", given.from, "lowest port to choose");
    flags.add("to", given.to, "highest port to choose");
    flags.add("serve", given.serve, "be one server, as each child is");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.workers < 1) return flags.wrong("--workers must be at least 1");
    if (given.from > given.to) return flags.wrong("--from must not be above --to");
    return support::run_program([&] { return given.serve ? serve(given) : parent(given); });
}
