// This process as a worker of a cluster.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "03-handle-passing/handle.hpp"
#include "06-cluster-lib/net.hpp"

namespace cluster {

using net::server;

/// Whether a primary, ours or a real Node process, has started this process as a worker of its
/// cluster. Known from the start, and does not change.
[[nodiscard]] bool is_worker();
[[nodiscard]] bool is_primary();

/// What a worker can do besides its work. Its primary may be a real Node process.
/// @source Node's cluster.worker
class this_worker {
  public:
    /// In a program with a main function of its own; cluster::run makes one for you.
    /// @throws std::logic_error if this process is no worker
    /// @throws std::runtime_error if its channel to the primary is missing
    explicit this_worker(const asio::any_io_executor& executor);
    this_worker(const this_worker&) = delete;
    this_worker& operator=(const this_worker&) = delete;
    ~this_worker();

    /// Unique among all workers that the primary has ever had, from 1.
    [[nodiscard]] int id() const;
    [[nodiscard]] bool is_connected() const;
    /// Whether it leaves because it was asked to, or said so itself; empty as long as it stays.
    [[nodiscard]] std::optional<bool> exited_after_disconnect() const;

    /// As net::listen.
    [[nodiscard]] asio::awaitable<server> listen(std::uint16_t port) { return net::listen(port); }
    [[nodiscard]] asio::awaitable<server> listen(net::listen_options options) {
        return net::listen(std::move(options));
    }
    /// As net::bind_udp.
    [[nodiscard]] asio::awaitable<asio::ip::udp::socket> bind_udp(net::bind_options options) {
        return net::bind_udp(std::move(options));
    }
    /// Tells the primary that this worker works, for one that never listens.
    void ready();

    /// Sends a message to the primary; waits while 128 KiB are queued.
    /// @return false if the channel has ended, and the message is dropped
    /// @lifetime the message must outlive the returned awaitable
    [[nodiscard]] asio::awaitable<bool> send(const nlohmann::json& message);
    /// Who gets the primary's messages; any number of listeners. A socket that came with one is
    /// theirs together, each has a descriptor of its own. What came before the first listener was
    /// there is kept, and told at the next turn of the event loop.
    using message_listener =
        std::function<void(const nlohmann::json&, std::optional<child_process::handle>)>;
    void on_message(message_listener listener);

    /// Leaves on purpose: accepts no more, finishes what it has, exits with 0. Not replaced.
    void disconnect();
    /// The same at once: what is open is cut.
    void kill();
    /// It has failed: the primary starts a replacement while this worker finishes what it has, for
    /// five seconds at most, and exits with 1.
    void suicide(const std::string& reason);
    /// The same in health, such as after so many requests; exits with 0, and is no failure.
    void recycle(const std::string& reason);

    /// Waits until it shall leave, whoever wants that.
    /// @cancel safe
    [[nodiscard]] asio::awaitable<void> until_leaving();

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace cluster
