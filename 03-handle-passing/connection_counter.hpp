// How many of a server's connections are alive in another process.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "02-fork-ipc/message.hpp"
#include "support/asio.hpp"
#include "support/async_condition.hpp"
#include "support/weak_ref.hpp"

namespace child_process {

class connection_counter;

/// Stands for one connection that was passed to us and is still open. Keep it as long as the
/// connection; its end tells the owner of the server, if that is waiting to close.
class connection_ticket {
  public:
    connection_ticket() = default;
    connection_ticket(connection_ticket&& other) noexcept;
    connection_ticket& operator=(connection_ticket&& other) noexcept;
    connection_ticket(const connection_ticket&) = delete;
    connection_ticket& operator=(const connection_ticket&) = delete;
    ~connection_ticket();

  private:
    friend class connection_counter;
    connection_ticket(const support::weak_ref<connection_counter>& counter, std::string key);

    support::weak_ref<connection_counter> counter_;
    std::string key_;
};

/// Both sides of the count. The *owner* accepted connections on a server and passed them away; the
/// *holder* got them. Connections are counted by the key of their server (see handle::counted_as).
/// @source Node's NODE_SOCKET_* messages, behind server.close() and server.getConnections()
class connection_counter {
  public:
    using say_line = std::function<void(std::string_view)>;

    /// @param ask     sends one line to the peer, after everything that was sent before: a question
    ///         about connections must not overtake them
    /// @param answer  sends one line to the peer, as soon as may be
    connection_counter(const asio::any_io_executor& executor, say_line ask, say_line answer);

    /// Owner: asks how many connections of `key` the peer holds; empty if the channel ended before
    /// the answer.
    /// @cancel safe
    [[nodiscard]] asio::awaitable<std::optional<std::size_t>> count(std::string key);

    /// Owner: waits until the peer holds no connection of `key`; false if the channel ended first.
    /// @cancel safe
    [[nodiscard]] asio::awaitable<bool> until_none(std::string key);

    /// Holder: one more connection. An empty key counts nothing.
    [[nodiscard]] connection_ticket opened(const std::string& key);

    /// Takes a message of the peer if it is one of the four about counting.
    bool take(const json& message);

    /// The channel has ended: no answer will come any more.
    void end();

  private:
    friend class connection_ticket;
    struct held {
        std::size_t open = 0;
        bool owner_waits = false;
    };
    // A question that somebody here waits for. Only these take answers, so that a peer cannot fill
    // our memory with answers to questions of its own.
    struct question {
        std::size_t waiters = 0;
        std::optional<std::size_t> answer;
    };
    using questions = std::map<std::string, question>;

    void closed(const std::string& key);
    asio::awaitable<std::optional<std::size_t>> ask(const char* cmd, questions& asked,
                                                    std::string key);
    void answered(questions& asked, const std::string& key, std::size_t value);

    say_line ask_;
    say_line answer_;
    std::map<std::string, held> held_;  // as holder
    questions counts_;                  // as owner: how many?
    questions goodbyes_;                // as owner: tell me when there are none
    bool ended_ = false;
    support::async_condition news_;
    support::weak_anchor<connection_counter> anchor_{this};
};

}  // namespace child_process
