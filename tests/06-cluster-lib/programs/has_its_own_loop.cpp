// has_its_own_loop PORT: a server with an io_context of its own that has never heard of clusters.
// Says its port on its standard output, "hello" to whoever connects, holds him until he goes, and
// says "ran dry" when its event loop has nothing left to do.
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <cluster_workshop/cluster.hpp>
#include <cstdlib>
#include <iostream>

namespace {

asio::awaitable<void> hold(net::connection connection) {
    const std::string hello = "hello\n";
    co_await asio::async_write(connection.socket(), asio::buffer(hello), support::as_result);
    std::array<char, 64> bytes{};
    const auto buffer = asio::buffer(bytes);
    co_await connection.socket().async_read_some(buffer, support::as_result);
}

asio::awaitable<void> serve(std::uint16_t port) {
    const auto executor = co_await asio::this_coro::executor;
    net::server server = co_await net::listen(port);
    std::cout << "port " << server.port() << std::endl;
    while (auto connection = co_await server.accept()) {
        asio::co_spawn(executor, hold(std::move(*connection)), support::rethrow);
    }
}

}  // namespace

int main(int argc, char** argv) try {
    asio::io_context io(1);
    const int port = argc > 1 ? std::atoi(argv[1]) : 0;
    asio::co_spawn(io, serve(static_cast<std::uint16_t>(port)), support::rethrow);
    io.run();
    std::cout << "ran dry" << std::endl;
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
}
