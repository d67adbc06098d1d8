// A request that waits for its answer while the test goes on.
#pragma once

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <string>

#include "01-spawn-exec/pipes.hpp"
#include "support/async_condition.hpp"
#include "support/syscall.hpp"
#include "support/weak_ref.hpp"
#include "tests/helpers.hpp"
#include "tests/load.hpp"

namespace tests {

/// One request on a connection of its own. It has been sent when the constructor returns: whoever
/// answers a later one has taken this one, too.
class request {
  public:
    request(const asio::any_io_executor& executor, std::uint16_t port, const std::string& target)
        : connection_(executor), done_(executor) {
        support::unique_fd fd(connect_to(port));
        const std::string text =
            "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        support::check("send", ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL));
        connection_ = child_process::watch(executor, fd);
        asio::co_spawn(executor, read(), support::rethrow);
    }
    request(const request&) = delete;
    request& operator=(const request&) = delete;

    /// All that comes until the connection ends; empty when cut.
    asio::awaitable<std::string> answer() {
        while (!ended_) co_await done_.wait();
        co_return answer_;
    }

  private:
    asio::awaitable<void> read() {
        const support::weak_ref self(anchor_);
        std::string chunk(4096, '\0');
        for (;;) {
            const auto [error, size] =
                co_await connection_.async_read_some(asio::buffer(chunk), support::as_result);
            if (!self) co_return;
            if (error) break;
            answer_.append(chunk, 0, size);
        }
        ended_ = true;
        done_.notify_all();
    }

    asio::posix::stream_descriptor connection_;
    std::string answer_;
    bool ended_ = false;
    support::async_condition done_;
    support::weak_anchor<request> anchor_{this};
};

}  // namespace tests
