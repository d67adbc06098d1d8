#include "tests/load.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "support/timeout.hpp"
#include "tests/helpers.hpp"

namespace tests {
namespace {

using asio::ip::tcp;

struct exchange {
    bool connected = false;
    std::string response;
};

// By reference: what has come until a time limit strikes is to be seen.
asio::awaitable<void> talk(std::uint16_t port, const std::string& target, exchange& result) {
    tcp::socket socket(co_await asio::this_coro::executor);
    const tcp::endpoint where(asio::ip::address_v4::loopback(), port);
    const auto [refused] = co_await socket.async_connect(where, support::as_result);
    if (refused) co_return;
    result.connected = true;
    const std::string request =
        "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const auto [unsent, sent] =
        co_await asio::async_write(socket, asio::buffer(request), support::as_result);
    if (unsent) co_return;
    auto room = asio::dynamic_buffer(result.response);
    co_await asio::async_read(socket, room, support::as_result);
}

// Whether all of the body that the head announces is there.
bool complete(const std::string& response) {
    const auto head_end = response.find("\r\n\r\n");
    const std::string name = "Content-Length: ";
    const auto length = response.find(name);
    if (head_end == std::string::npos || length > head_end) return false;
    const std::size_t body = std::stoul(response.substr(length + name.size()));
    return response.size() == head_end + 4 + body;
}

}  // namespace

void load::start(int clients, std::uint64_t requests) {
    for (int n = 0; n < clients; ++n) {
        ++clients_;
        asio::co_spawn(executor_, client(requests), support::rethrow);
    }
}

asio::awaitable<void> load::until_answered(std::uint64_t count) {
    while (account_.answered < count && clients_ > 0) co_await changed_.wait();
}

asio::awaitable<void> load::finish() {
    finishing_ = true;
    co_await until_done();
}

asio::awaitable<void> load::until_done() {
    while (clients_ > 0) co_await changed_.wait();
}

asio::awaitable<void> load::client(std::uint64_t requests) {
    for (std::uint64_t n = 0; !finishing_ && (requests == 0 || n < requests); ++n) {
        co_await ask();
        changed_.notify_all();
    }
    --clients_;
    changed_.notify_all();
}

asio::awaitable<void> load::ask() {
    exchange result;
    const bool in_time = co_await support::with_timeout(talk(port_, target_, result), patience);
    if (!in_time) {
        ++account_.late;
    } else if (!result.connected) {
        ++account_.refused;
    } else if (!complete(result.response)) {
        ++account_.cut;
    } else if (!result.response.starts_with("HTTP/1.1 200")) {
        ++account_.failed;
    } else {
        ++account_.answered;
        ++account_.bodies[result.response.substr(result.response.find("\r\n\r\n") + 4)];
    }
}

asio::awaitable<std::string> ask_once(std::uint16_t port, std::string target) {
    exchange result;
    co_await support::with_timeout(talk(port, target, result), patience);
    co_return result.response;
}

}  // namespace tests
