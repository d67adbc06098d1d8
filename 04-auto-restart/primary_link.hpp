// A worker's line to its primary.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "03-handle-passing/handle_channel.hpp"
#include "04-auto-restart/cluster_message.hpp"
#include "support/async_condition.hpp"
#include "support/event.hpp"
#include "support/weak_ref.hpp"

namespace cluster {

/// A message of the cluster, and the socket that came with it.
struct cluster_incoming {
    cluster_message message;
    std::optional<child_process::handle> passed;
};

/// What a worker asks for, and what it was given.
struct listen_grant {
    listen_query query;
    listen_reply reply;
    std::optional<int> port;  ///< the real one; nothing for a unix socket
    /// The socket to accept from; nothing when the primary accepts and passes connections.
    std::optional<child_process::handle> socket;
};

/// The conversation of a worker with its primary, which may be ours or a real Node process: says
/// that the worker is online, asks, matches answers to questions, tells what the primary wants.
class primary_link {
  public:
    /// @param channel_end  from child_process::inherited_channel
    primary_link(const asio::any_io_executor& executor, support::unique_fd channel_end);
    primary_link(const primary_link&) = delete;
    primary_link& operator=(const primary_link&) = delete;
    ~primary_link() = default;

    /// Queues one of cluster::messages, with its number.
    void post(json message);
    /// The same as the answer to `request`.
    void answer(const cluster_message& request, json message);

    /// Posts a message and waits for its answer; empty if the channel ends before it comes, or
    /// after stop_asking().
    /// @cancel safe: the answer is dropped when it comes
    [[nodiscard]] asio::awaitable<std::optional<cluster_incoming>> ask(json message);

    /// Questions are answered no more: a primary has no answer for a worker that shall leave.
    void stop_asking();

    /// Waits until the primary has heard everything that was posted so far, and we have everything
    /// that it posted before: a question that changes nothing is answered. Also after
    /// stop_asking(). At once if the channel has ended.
    /// @cancel safe
    [[nodiscard]] asio::awaitable<void> until_heard();

    /// Asks for a socket, and tells the primary that we listen when it is granted.
    /// @throws std::system_error "listen KEY" EADDRINUSE, EACCES, EADDRNOTAVAIL … as the primary
    ///         met it; EPIPE if the channel ended, ECANCELED after stop_asking()
    [[nodiscard]] asio::awaitable<listen_grant> listen(listen_query query);

    /// Who is called for each message of this act, except answers; one handler an act. "disconnect"
    /// is worker_life's.
    void on_act(const std::string& act, std::function<void(cluster_incoming)> handler) {
        acts_[act] = std::move(handler);
    }
    /// The application's own messages.
    support::event<child_process::incoming&> on_message;
    /// Sends one of these.
    [[nodiscard]] asio::awaitable<bool> send(const json& message) { return channel_.send(message); }

    /// Waits until the channel has ended, from whichever side.
    [[nodiscard]] asio::awaitable<void> until_ended();
    [[nodiscard]] bool connected() const { return channel_.connected(); }
    /// Ends the channel after what is queued was written.
    [[nodiscard]] asio::awaitable<void> disconnect() { return channel_.disconnect(); }

  private:
    enum class patience { while_asking, to_the_end };
    asio::awaitable<std::optional<cluster_incoming>> ask(json message, patience how_long);
    asio::awaitable<std::optional<child_process::incoming>> next_message();
    asio::awaitable<void> hear();
    void take(child_process::incoming arrived);

    child_process::handle_channel channel_;
    bool ended_ = false;
    bool asks_no_more_ = false;
    std::map<std::uint64_t, std::optional<cluster_incoming>> asked_;  // by our number
    std::map<std::string, std::function<void(cluster_incoming)>> acts_;
    support::async_condition news_;
    support::weak_anchor<primary_link> anchor_{this};
};

}  // namespace cluster
