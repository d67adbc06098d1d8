// net::listen in a process without a primary.
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "support/async_condition.hpp"
#include "support/sockets.hpp"
#include "support/timeout.hpp"
#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

namespace {

asio::awaitable<void> connect_alone(client& one, const net::server& server) {
    const std::error_code error = co_await one.connect(at_ip("127.0.0.1", server.port()));
    CHECK_FALSE(error);
}

}  // namespace

TEST_CASE("a server alone accepts connections, and counts those that are open", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        net::server server = co_await net::listen(0);
        CHECK(server.is_open());
        client peer(executor);
        co_await connect_alone(peer, server);
        {
            auto connection = co_await server.accept();
            REQUIRE(connection.has_value());
            CHECK(server.connections() == 1);
            CHECK(connection->fd() >= 0);
            const int fd = connection->fd();
            const std::string text = "hello\n";
            co_await asio::async_write(connection->socket(), asio::buffer(text),
                                       support::as_result);
            CHECK(connection->fd() == fd);
        }
        CHECK(server.connections() == 0);
        const auto line = co_await peer.line();
        CHECK(line == "hello");
        const auto end = co_await peer.line();
        CHECK(end == std::nullopt);
    });
}

TEST_CASE("a connection that is moved counts once", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        net::server server = co_await net::listen(0);
        client peer(co_await asio::this_coro::executor);
        co_await connect_alone(peer, server);
        auto first = co_await server.accept();
        REQUIRE(first.has_value());
        net::connection second = std::move(*first);
        first.reset();
        CHECK(server.connections() == 1);
        CHECK(second.fd() >= 0);
    });
}

TEST_CASE("a server that is closed accepts no more, and frees its port", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        net::server server = co_await net::listen(0);
        const std::uint16_t port = server.port();
        asio::steady_timer soon(executor, 10ms);
        soon.async_wait([&](const boost::system::error_code&) { server.close(); });
        const auto none = co_await server.accept();
        CHECK_FALSE(none.has_value());
        CHECK_FALSE(server.is_open());
        co_await server.until_closed();
        const support::unique_fd again = support::listen_tcp("::", port);
        CHECK(again);
    });
}

TEST_CASE("a server that is destroyed ends the wait for its end", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        std::optional<net::server> server = co_await net::listen(0);
        support::async_condition over(executor);
        auto wait = [&over](net::server& of) -> asio::awaitable<void> {
            co_await of.until_closed();
            over.notify_all();
        };
        asio::co_spawn(executor, wait(*server), support::rethrow);
        co_await support::pause(10ms);
        server.reset();
        co_await over.wait();
    });
}

TEST_CASE("what a server alone cannot listen on is thrown, with the reason", "[06][net][errors]") {
    const support::unique_fd taken = support::listen_tcp("127.0.0.1", 0);
    tests::run([&]() -> asio::awaitable<void> {
        net::listen_options options;
        options.address = "127.0.0.1";
        options.port = support::local_port(taken.get());
        std::error_code error;
        try {
            static_cast<void>(co_await net::listen(options));
        } catch (const std::system_error& thrown) {
            error = thrown.code();
        }
        CHECK(error == std::errc::address_in_use);
    });
}

TEST_CASE("alone a server takes a socket that the process has open", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        const support::unique_fd ours = support::listen_tcp("127.0.0.1", 0);
        net::listen_options options;
        options.primary_fd = ours.get();
        net::server server = co_await net::listen(options);
        CHECK(server.port() == support::local_port(ours.get()));
        client peer(co_await asio::this_coro::executor);
        co_await connect_alone(peer, server);
        const auto connection = co_await server.accept();
        CHECK(connection.has_value());
    });
}

TEST_CASE("alone a datagram socket is bound by itself", "[06][net][udp]") {
    tests::run([]() -> asio::awaitable<void> {
        net::bind_options options;
        options.address = "127.0.0.1";
        auto socket = co_await net::bind_udp(options);
        CHECK(socket.local_endpoint().port() > 0);
    });
}

TEST_CASE("a server alone accepts no more than its most connections at a time", "[06][net]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        net::listen_options options;
        options.most_connections = 1;
        net::server server = co_await net::listen(options);
        client one(executor);
        client two(executor);
        co_await connect_alone(one, server);
        co_await connect_alone(two, server);
        auto first = co_await server.accept();
        REQUIRE(first.has_value());
        asio::steady_timer soon(executor, 20ms);
        bool freed = false;
        soon.async_wait([&](const boost::system::error_code&) {
            freed = true;
            first.reset();
        });
        const auto second = co_await server.accept();
        CHECK(second.has_value());
        CHECK(freed);
    });
}
