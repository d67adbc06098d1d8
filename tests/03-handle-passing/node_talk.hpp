// Talking with the Node process that a test runs against.
#pragma once

#include <sys/un.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "tests/03-handle-passing/wire.hpp"

namespace tests {

// A socket that a test talks on without blocking the event loop, on which the tap runs.
class talker {
  public:
    talker(const asio::any_io_executor& executor, unique_fd fd) : socket_(executor, fd.release()) {}

    asio::awaitable<void> say(std::string text) {
        const auto [ec, size] =
            co_await asio::async_write(socket_, asio::buffer(text), support::as_result);
        support::check("write", ec);
    }
    /// Some of what comes; empty at the end.
    asio::awaitable<std::string> hear() {
        std::string text(256, '\0');
        const auto [ec, size] =
            co_await socket_.async_read_some(asio::buffer(text), support::as_result);
        text.resize(ec ? 0 : size);
        co_return text;
    }

  private:
    asio::posix::stream_descriptor socket_;
};

inline asio::awaitable<void> expect_took(node_peer& node, json message, json as) {
    json expected = {{"took", std::move(message)}, {"as", std::move(as)}};
    co_await expect(node.channel(), expected);
}

inline asio::awaitable<void> tell(node_peer& node, const char* order) {
    const json message = json::parse(order);
    const bool sent = co_await node.channel().send(message);
    REQUIRE(sent);
}

inline asio::awaitable<std::string> hear_from(unique_fd socket) {
    talker line(co_await asio::this_coro::executor, std::move(socket));
    const std::string heard = co_await line.hear();
    co_return heard;
}

// How many lines of ours, or of Node's, with this text have gone over the wire.
inline std::ptrdiff_t passed(node_peer& node, bool ours, const char* text) {
    const auto& lines = node.tap().lines();
    return std::count_if(lines.begin(), lines.end(), [&](const wire_tap::line& line) {
        return line.ours == ours && line.text.find(text) != std::string::npos;
    });
}

inline asio::awaitable<std::uint16_t> told_port(node_peer& node) {
    const auto told = co_await node.channel().receive();
    REQUIRE(told);
    REQUIRE(told->message.contains("port"));
    co_return told->message["port"].get<std::uint16_t>();
}

}  // namespace tests
