// What the tests of channels share.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/channel_error.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/turns.hpp"

namespace tests {

using child_process::channel;
using child_process::channel_errc;
using child_process::json;

inline constexpr std::size_t ten_megabytes = 10'000'000;

/// Both ends of a channel in one process.
struct both_ends {
    explicit both_ends(const asio::any_io_executor& executor,
                       support::socket_pair pair = support::make_socket_pair())
        : here(executor, std::move(pair.first)), there(executor, std::move(pair.second)) {}
    channel here;
    channel there;
};

/// A channel whose peer is the test itself, byte by byte.
struct with_raw_peer {
    explicit with_raw_peer(const asio::any_io_executor& executor,
                           support::socket_pair pair = support::make_socket_pair())
        : here(executor, std::move(pair.first)), peer(std::move(pair.second)) {
        support::set_nonblocking(peer.get());
    }

    /// Sends bytes; they must fit into the kernel's buffer.
    void write(std::string_view bytes) const {
        const auto count = ::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        REQUIRE(count == static_cast<ssize_t>(bytes.size()));
    }

    /// What has arrived by now.
    [[nodiscard]] std::string read() const {
        std::string bytes(std::size_t{1024} * 1024, '\0');
        const auto count = ::recv(peer.get(), bytes.data(), bytes.size(), 0);
        bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return bytes;
    }

    channel here;
    support::unique_fd peer;
};

// In the tests a co_await never stands inside CHECK: g++ 12 would run it once for each time that
// the macro names its argument, even where that is never evaluated.

/// Receives one message and checks that it is this one.
inline asio::awaitable<void> expect(channel& from, json expected) {
    const auto received = co_await from.receive();
    CHECK(received.has_value());
    CHECK(received.value_or(json(json::value_t::discarded)) == expected);
}

/// Receives, and checks that this is the end.
inline asio::awaitable<void> expect_end(channel& from) {
    const auto received = co_await from.receive();
    CHECK_FALSE(received.has_value());
}

/// Receives, and checks that this fails with `expected`.
inline asio::awaitable<void> expect_error(channel& from, channel_errc expected) {
    std::error_code error;
    try {
        static_cast<void>(co_await from.receive());
    } catch (const std::system_error& failure) {
        error = failure.code();
    }
    CHECK(error == expected);
}

/// Sends, and checks what send() says.
inline asio::awaitable<void> expect_send(channel& to, json message, bool expected) {
    const bool sent = co_await to.send(message);
    CHECK(sent == expected);
}

/// All messages up to the end.
inline asio::awaitable<std::vector<json>> receive_all(channel& from) {
    std::vector<json> messages;
    while (auto message = co_await from.receive()) messages.push_back(std::move(*message));
    co_return messages;
}

}  // namespace tests
