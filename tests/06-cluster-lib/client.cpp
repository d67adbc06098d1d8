#include "tests/06-cluster-lib/client.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

namespace tests {

asio::awaitable<std::error_code> client::connect(endpoint where) {
    boost::system::error_code opened;
    socket_.open(where.protocol(), opened);
    if (opened) co_return opened;
    const auto [error] = co_await socket_.async_connect(where, support::as_result);
    co_return error;
}

asio::awaitable<std::optional<std::string>> client::line() {
    std::array<char, 256> bytes{};
    const auto buffer = asio::buffer(bytes);
    for (;;) {
        const auto end = rest_.find('\n');
        if (end != rest_.npos) {
            std::string first = rest_.substr(0, end);
            rest_.erase(0, end + 1);
            co_return first;
        }
        const auto [error, size] = co_await socket_.async_read_some(buffer, support::as_result);
        if (error) co_return std::nullopt;
        rest_.append(bytes.data(), size);
    }
}

asio::awaitable<void> client::say(std::string text) {
    co_await asio::async_write(socket_, asio::buffer(text), support::as_result);
}

client::endpoint at_ip(const std::string& address, int port) {
    return asio::ip::tcp::endpoint(asio::ip::make_address(address),
                                   static_cast<std::uint16_t>(port));
}

client::endpoint at_path(const std::string& path) {
    return asio::local::stream_protocol::endpoint(path);
}

asio::awaitable<std::string> greeting(client::endpoint where) {
    client one(co_await asio::this_coro::executor);
    const std::error_code error = co_await one.connect(where);
    if (error) co_return "error " + std::to_string(error.value());
    const auto line = co_await one.line();
    co_return line.value_or("nothing");
}

asio::awaitable<std::string> datagram_answer(std::string address, int port) {
    using asio::ip::udp;
    const udp::endpoint where(asio::ip::make_address(address), static_cast<std::uint16_t>(port));
    udp::socket socket(co_await asio::this_coro::executor, where.protocol());
    const std::string text = "hello";
    co_await socket.async_send_to(asio::buffer(text), where, support::as_result);
    std::array<char, 64> bytes{};
    const auto buffer = asio::buffer(bytes);
    udp::endpoint from;
    const auto [error, size] = co_await socket.async_receive_from(buffer, from, support::as_result);
    co_return error ? "error" : std::string(bytes.data(), size);
}

}  // namespace tests
