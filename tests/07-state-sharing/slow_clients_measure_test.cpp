// What a thousand slow clients cost the others. Run by hand: tests_07 "[.measure]" -s
#include <algorithm>
#include <iostream>
#include <vector>

#include "01-spawn-exec/spawn.hpp"
#include "support/http_server.hpp"
#include "support/sockets.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/load.hpp"

namespace {

using slow_clients_clock = std::chrono::steady_clock;

struct latencies {
    std::vector<slow_clients_clock::duration> all;

    [[nodiscard]] double percentile_ms(int percent) {
        std::sort(all.begin(), all.end());
        const std::size_t at = all.size() * static_cast<std::size_t>(percent) / 100;
        return std::chrono::duration<double, std::milli>(all[std::min(at, all.size() - 1)]).count();
    }
};

// 5,000 requests, one after the other.
asio::awaitable<latencies> measure_requests(std::uint16_t port) {
    latencies result;
    while (result.all.size() < 5000) {
        const auto begin = slow_clients_clock::now();
        const std::string answer = co_await tests::ask_once(port, "/");
        result.all.push_back(slow_clients_clock::now() - begin);
        CHECK(answer.ends_with("hello\n"));
    }
    co_return result;
}

void print_latencies(const char* when, latencies measured) {
    std::cout << when << ": p50 " << measured.percentile_ms(50) << " ms, p99 "
              << measured.percentile_ms(99) << " ms" << std::endl;
}

TEST_CASE("(a thousand slow clients and the time of the others)", "[.measure]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        support::http_server server(
            executor, [](const auto&, support::http_reply& reply) { reply.text("hello\n"); });
        support::unique_fd listening = support::listen_tcp("127.0.0.1", 0);
        const std::uint16_t port = support::local_port(listening.get());
        server.listen(std::move(listening));
        for (int round = 0; round < 2; ++round) {
            print_latencies("without slow clients", co_await measure_requests(port));
            child_process::child crowd = child_process::spawn(executor, tests::program("trickles"),
                                                              {std::to_string(port), "1000"});
            const std::string connected = co_await tests::read_line(crowd.out());
            std::cout << connected << std::endl;
            print_latencies("with slow clients   ", co_await measure_requests(port));
            std::cout << co_await tests::read_all(crowd.out());
            const child_process::exit_status status = co_await crowd.wait_closed();
            CHECK(status.success());
        }
        co_await server.drain();
    });
}

}  // namespace
