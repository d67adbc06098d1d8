#include <fcntl.h>

#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "support/timeout.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace support;

TEST_CASE("an acceptor gives every connection once, non-blocking", "[support][acceptor]") {
    tests::run([]() -> asio::awaitable<void> {
        acceptor server(co_await asio::this_coro::executor, listen_tcp("127.0.0.1", 0));
        const std::uint16_t port = local_port(server.fd());
        for (int n = 0; n < 40; ++n) {  // more than it takes without a pause
            const unique_fd client(tests::connect_to(port));
            const auto connection = co_await server.accept();
            REQUIRE(connection.has_value());
            CHECK((::fcntl(connection->get(), F_GETFL) & O_NONBLOCK) != 0);
            CHECK(::fcntl(connection->get(), F_GETFD) == FD_CLOEXEC);
        }
    });
}

TEST_CASE("close ends an accept that waits, and every later one", "[support][acceptor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        acceptor server(executor, listen_tcp("127.0.0.1", 0));
        asio::post(executor, [&] { server.close(); });
        const auto ended = co_await server.accept();
        CHECK_FALSE(ended.has_value());
        CHECK(server.fd() == -1);
        const auto later = co_await server.accept();
        CHECK_FALSE(later.has_value());
    });
}

TEST_CASE("two acceptors share one listening socket without blocking each other",
          "[support][acceptor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        unique_fd listening = listen_tcp("127.0.0.1", 0);
        const std::uint16_t port = local_port(listening.get());
        acceptor first(executor, duplicate(listening.get()));
        acceptor second(executor, std::move(listening));
        first.close();  // our copy only: the socket goes on listening
        const unique_fd client(tests::connect_to(port));
        const auto connection = co_await second.accept();
        CHECK(connection.has_value());
    });
}

TEST_CASE("a cancelled accept loses no connection", "[support][acceptor]") {
    tests::run([]() -> asio::awaitable<void> {
        acceptor server(co_await asio::this_coro::executor, listen_tcp("127.0.0.1", 0));
        const auto nothing = co_await with_timeout(server.accept(), std::chrono::milliseconds(10));
        CHECK_FALSE(nothing.has_value());
        const unique_fd client(tests::connect_to(local_port(server.fd())));
        const auto connection = co_await server.accept();
        CHECK(connection.has_value());
    });
}

TEST_CASE("without a free descriptor the connection waits until there is one",
          "[support][acceptor]") {
    tests::run([]() -> asio::awaitable<void> {
        acceptor server(co_await asio::this_coro::executor, listen_tcp("127.0.0.1", 0));
        const unique_fd client(tests::connect_to(local_port(server.fd())));
        {
            const tests::few_descriptors none(0);
            const auto nothing =
                co_await with_timeout(server.accept(), std::chrono::milliseconds(50));
            CHECK_FALSE(nothing.has_value());
        }
        const auto connection = co_await server.accept();
        CHECK(connection.has_value());
    });
}

TEST_CASE("a socket that does not listen is an error of accept4", "[support][acceptor]") {
    tests::run([]() -> asio::awaitable<void> {
        acceptor server(co_await asio::this_coro::executor, bind_udp("127.0.0.1", 0));
        std::string said;
        try {
            co_await server.accept();
        } catch (const std::system_error& error) {
            said = error.what();
        }
        CHECK(said.find("accept4: ") == 0);
    });
}
