// A primary that says to its worker what a test wants, be it right or wrong.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "02-fork-ipc/fork.hpp"
#include "tests/helpers.hpp"

namespace tests {

using nlohmann::json;
using support::unique_fd;

/// The line that announces a handle.
[[nodiscard]] std::string enveloped(const std::string& type, const json& message);
/// "newconn", for the key that raw_primary has given.
[[nodiscard]] json offer(int seq);

/// tcp_app as a worker, and our bare end of the channel to it.
class raw_primary {
  public:
    explicit raw_primary(const asio::any_io_executor& executor);

    void say(const std::string& line);
    /// With the first byte of the line goes the descriptor; with `times`, further copies before it.
    void say_with(const std::string& line, int fd, int times = 1);

    /// The next message; null at the end.
    asio::awaitable<json> hear();
    /// Goes on until a message has this field; null at the end.
    asio::awaitable<json> hear_until(std::string field, json value);

    /// The worker asks, is answered, and listens.
    asio::awaitable<void> let_it_listen(json data = nullptr);
    /// Offers a connection, and ends the channel.
    /// @return  "serves, " if it did, and how it ended
    asio::awaitable<std::string> outcome();
    /// How it ends.
    asio::awaitable<std::string> end();

  private:
    child_process::forked worker_;
    asio::posix::stream_descriptor channel_;
    std::string heard_;
};

}  // namespace tests
