#include "06-cluster-lib/net.hpp"

#include <sys/socket.h>

#include <iostream>
#include <utility>

#include "06-cluster-lib/membership.hpp"
#include "06-cluster-lib/worker_main.hpp"

namespace net {

asio::awaitable<server> listen(std::uint16_t port) {
    listen_options options;
    options.port = port;
    return listen(std::move(options));
}

asio::awaitable<server> listen(listen_options options) {
    membership& process = membership::of(co_await asio::this_coro::executor);
    auto core = co_await process.listen(std::move(options));
    co_return server(std::move(core));
}

asio::awaitable<asio::ip::udp::socket> bind_udp(bind_options options) {
    const auto executor = co_await asio::this_coro::executor;
    const bool ipv6 = options.address.find(':') != std::string::npos;
    support::unique_fd bound = co_await membership::of(executor).bind(std::move(options));
    asio::ip::udp::socket socket(executor);
    boost::system::error_code error;
    socket.assign(ipv6 ? asio::ip::udp::v6() : asio::ip::udp::v4(), bound.get(), error);
    support::check("watch", error);
    static_cast<void>(bound.release());
    co_return socket;
}

int run(const std::function<asio::awaitable<void>()>& body) try {
    if (cluster::is_started_as_worker()) {
        return cluster::worker_main([&](membership&) { return body(); });
    }
    return cluster::run_alone(body);
} catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
    return 1;
}

}  // namespace net
