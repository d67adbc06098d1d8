#include "tests/06-cluster-lib/keep_alive_load.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <string>

#include "support/timeout.hpp"

namespace tests {
namespace {

// The head of the next answer, its body read away; empty if it did not come whole.
asio::awaitable<std::string> read_answer(asio::ip::tcp::socket& socket, std::string& unread) {
    const auto [error, size] = co_await asio::async_read_until(socket, asio::dynamic_buffer(unread),
                                                               "\r\n\r\n", support::as_result);
    if (error) co_return "";
    std::string head = unread.substr(0, size);
    unread.erase(0, size);
    const auto length = head.find("Content-Length: ");
    if (length == std::string::npos || !head.starts_with("HTTP/1.1 200")) co_return "";
    const std::size_t body = std::stoul(head.substr(length + 16));
    while (unread.size() < body) {
        std::string more(body - unread.size(), '\0');
        const auto [failed, count] =
            co_await socket.async_read_some(asio::buffer(more), support::as_result);
        if (failed) co_return "";
        unread.append(more, 0, count);
    }
    unread.erase(0, body);
    co_return head;
}

}  // namespace

void keep_alive_load::start(int clients, std::chrono::milliseconds longest_gap) {
    for (int n = 0; n < clients; ++n) {
        ++clients_;
        asio::co_spawn(executor_, client(longest_gap, static_cast<unsigned>(n) + 1),
                       support::rethrow);
    }
}

asio::awaitable<void> keep_alive_load::finish() {
    finishing_ = true;
    while (clients_ > 0) co_await news_.wait();
}

asio::awaitable<void> keep_alive_load::client(std::chrono::milliseconds longest_gap,
                                              unsigned seed) {
    while (!finishing_) co_await connection(longest_gap, seed);
    --clients_;
    news_.notify_all();
}

asio::awaitable<void> keep_alive_load::connection(std::chrono::milliseconds longest_gap,
                                                  unsigned& seed) {
    const std::string request = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
    asio::ip::tcp::socket socket(executor_);
    const asio::ip::tcp::endpoint server(asio::ip::address_v4::loopback(), port_);
    const auto [refused] = co_await socket.async_connect(server, support::as_result);
    if (refused) {
        ++refused_;
        ++failed_;
        co_return;
    }
    std::string unread;
    while (!finishing_) {
        const auto [error, size] =
            co_await asio::async_write(socket, asio::buffer(request), support::as_result);
        const std::string head = co_await read_answer(socket, unread);
        if (error || head.empty()) {
            ++failed_;
            co_return;
        }
        ++answered_;
        if (head.find("Connection: close") != std::string::npos) {
            ++closed_;
            co_return;
        }
        co_await pause(longest_gap, seed);
    }
}

asio::awaitable<void> keep_alive_load::pause(std::chrono::milliseconds longest, unsigned& seed) {
    if (longest.count() == 0) co_return;
    seed = seed * 1664525U + 1013904223U;
    co_await support::pause(longest * (seed >> 16U) / 65536);
}

}  // namespace tests
