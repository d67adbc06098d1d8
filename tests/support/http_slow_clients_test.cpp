// A thousand clients that keep their connections as long as they can.
#include "support/timeout.hpp"
#include "tests/catch.hpp"
#include "tests/load.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/slow_crowd.hpp"

namespace {

using namespace std::chrono_literals;

// One after the other, with a pause in between: these clients are to be served, not to be many.
asio::awaitable<void> ask_beside(const tests::slow_crowd& crowd, std::uint16_t port,
                                 std::map<bool, int>& answered) {
    do {
        const std::string answer = co_await tests::ask_once(port, "/");
        ++answered[answer.ends_with("\r\n\r\nhello\n")];
        co_await support::pause(20ms);
    } while (crowd.connected() > 0);
}

TEST_CASE("a thousand slow clients are cut with 408 while others are served", "[support][http]") {
    constexpr std::size_t size = 1000;
    const tests::many_descriptors room;
    std::map<bool, int> answered;
    std::size_t most = 0;
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        support::http_server server(executor, tests::answer_for_tests);  // with its usual limits
        support::unique_fd listening = support::listen_tcp("127.0.0.1", 0);
        const std::uint16_t port = support::local_port(listening.get());
        server.listen(std::move(listening));
        server.on_connection_begin([&] { most = std::max(most, server.connections()); });

        tests::slow_crowd crowd(port, size);
        asio::co_spawn(executor, ask_beside(crowd, port, answered), support::rethrow);
        co_await crowd.until_cut();
        CHECK(crowd.answers() == std::map<int, int>{{408, size}});
        co_await server.drain();
    });
    CHECK(most >= size);
    CHECK(answered[true] > 0);
    CHECK(answered[false] == 0);
}

}  // namespace
