// What the tests of handle passing share.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstring>
#include <deque>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "03-handle-passing/fd_passing.hpp"
#include "03-handle-passing/handle_channel.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "support/timeout.hpp"
#include "tests/03-handle-passing/raw_descriptors.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/turns.hpp"

namespace tests {

using child_process::delivery;
using child_process::handle;
using child_process::handle_channel;
using child_process::handle_kind;
using child_process::incoming;
using child_process::json;

/// The wire's short lines, as Node writes them.
inline constexpr const char* ack = R"({"cmd":"NODE_HANDLE_ACK"})";
inline constexpr const char* nack = R"({"cmd":"NODE_HANDLE_NACK"})";

/// And as it writes the message "server" with a server, and "s" with a connection.
inline const std::string server_envelope =
    R"({"cmd":"NODE_HANDLE","type":"net.Server","msg":"server"})";
inline const std::string socket_envelope = R"({"cmd":"NODE_HANDLE","type":"net.Socket","msg":"s"})";

/// A listening socket.
inline unique_fd a_server() {
    return support::listen_tcp("127.0.0.1", 0);
}

/// One end of the pair, to be passed.
inline handle one_end(support::socket_pair& line) {
    return handle(std::move(line.first));
}

/// A connected TCP pair.
struct tcp_pair {
    unique_fd client;
    unique_fd accepted;
};
inline tcp_pair make_tcp_pair() {
    const unique_fd listening = support::listen_tcp("127.0.0.1", 0);
    unique_fd client(connect_to(support::local_port(listening.get())));
    support::set_nonblocking(listening.get(), false);
    const int fd = ::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC);
    return {std::move(client), unique_fd(support::check("accept4", fd))};
}

/// The peer of a channel, played by the test byte by byte.
class raw_peer {
  public:
    raw_peer(const asio::any_io_executor& executor, unique_fd end)
        : socket_(executor, end.release()) {
        support::set_nonblocking(fd());
    }

    [[nodiscard]] int fd() { return socket_.native_handle(); }

    /// Writes bytes; they must fit into the kernel's buffer.
    void write(std::string_view bytes) {
        REQUIRE(::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
    }
    void write(std::string_view bytes, int descriptor) {
        send_with_many(fd(), bytes, {descriptor});
    }
    void say(const std::string& line) { write(line + "\n"); }
    void say(const std::string& line, int descriptor) { write(line + "\n", descriptor); }

    /// The next line that arrives; "<end>" at the end.
    asio::awaitable<std::string> line() {
        for (;;) {
            const auto end = text_.find('\n');
            if (end != std::string::npos) {
                std::string result = text_.substr(0, end);
                text_.erase(0, end + 1);
                co_return result;
            }
            std::array<char, 4096> room;
            const auto count = child_process::receive_with_descriptors(fd(), room, descriptors);
            if (count == 0) co_return "<end>";
            if (count > 0) {
                text_.append(room.data(), static_cast<std::size_t>(count));
            } else {
                co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                                            support::as_result);
            }
        }
    }

    void close() { socket_.close(); }

    std::deque<unique_fd> descriptors;  ///< that have arrived

  private:
    asio::posix::stream_descriptor socket_;
    std::string text_;
};

/// A channel and its raw peer.
struct with_raw_peer {
    explicit with_raw_peer(const asio::any_io_executor& executor,
                           support::socket_pair pair = support::make_socket_pair())
        : here(executor, std::move(pair.first)), peer(executor, std::move(pair.second)) {}
    handle_channel here;
    raw_peer peer;
};

/// Both ends of a channel in one process.
struct both_ends {
    explicit both_ends(const asio::any_io_executor& executor,
                       support::socket_pair pair = support::make_socket_pair())
        : here(executor, std::move(pair.first)), there(executor, std::move(pair.second)) {}
    handle_channel here;
    handle_channel there;
};

// In the tests a co_await never stands inside CHECK: g++ 12 would run it once for each time that
// the macro names its argument, even where that is never evaluated.

/// The next line of the peer is this one.
inline asio::awaitable<void> expect_line(raw_peer& from, std::string expected) {
    const std::string line = co_await from.line();
    CHECK(line == expected);
}

/// Receives a message without a handle, and checks that it is this one.
inline asio::awaitable<void> expect(handle_channel& from, json expected) {
    const auto received = co_await from.receive();
    REQUIRE(received.has_value());
    CHECK(received->message == expected);
    CHECK_FALSE(received->passed.has_value());
}

/// Receives a message with a handle of this kind, and gives both.
inline asio::awaitable<incoming> expect_handle(handle_channel& from, json expected,
                                               handle_kind kind) {
    auto received = co_await from.receive();
    REQUIRE(received.has_value());
    CHECK(received->message == expected);
    REQUIRE(received->passed.has_value());
    CHECK(received->passed->kind() == kind);
    co_return std::move(*received);
}

/// Receives, and checks that this is the end.
inline asio::awaitable<void> expect_end(handle_channel& from) {
    const auto received = co_await from.receive();
    CHECK_FALSE(received.has_value());
}

/// Receives, and gives the error that comes instead of a message.
inline asio::awaitable<std::error_code> error_of(handle_channel& from) {
    try {
        static_cast<void>(co_await from.receive());
    } catch (const std::system_error& failure) {
        co_return failure.code();
    }
    co_return std::error_code();
}

/// A send() that goes on in the background; its outcome comes to the returned place.
struct sending {
    std::optional<delivery> outcome;
};
inline void start_send(const asio::any_io_executor& executor, handle_channel& to, json message,
                       handle passed, sending& result) {
    auto send = [](handle_channel& channel, json text, handle socket,
                   sending& told) -> asio::awaitable<void> {
        told.outcome = co_await channel.send(text, std::move(socket));
    };
    asio::co_spawn(executor, send(to, std::move(message), std::move(passed), result),
                   asio::detached);
}

/// Asks the channel something that it answers at once: whatever it wrote before stands before that
/// answer.
inline asio::awaitable<void> expect_nothing_sent(raw_peer& peer) {
    peer.say(R"({"cmd":"NODE_SOCKET_GET_COUNT","key":"nothing else?"})");
    co_await expect_line(peer, R"({"cmd":"NODE_SOCKET_COUNT","key":"nothing else?","count":0})");
}

}  // namespace tests
