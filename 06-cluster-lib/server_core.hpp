// What stands behind a server: connections from a socket of its own, or from the primary.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "05-round-robin/worker_sockets.hpp"
#include "06-cluster-lib/server.hpp"
#include "support/async_condition.hpp"
#include "support/sockets.hpp"
#include "support/weak_ref.hpp"

namespace net {

class membership;

/// One connection's place in the accounts: it counts until this is destroyed.
class ticket {
  public:
    ticket(const support::weak_ref<membership>& process,
           const support::weak_ref<server_core>& server);
    ticket(ticket&& other) noexcept;
    ticket& operator=(ticket&&) = delete;
    ~ticket();

  private:
    support::weak_ref<membership> process_;
    support::weak_ref<server_core> server_;
    bool counts_ = true;
};

/// The server's other half, which the process knows: connections come in here, and the end.
class server_core {
  public:
    server_core(const asio::any_io_executor& executor, membership& process, listen_options options);
    server_core(const server_core&) = delete;
    server_core& operator=(const server_core&) = delete;
    ~server_core();

    /// Accepts from a socket of our own.
    /// @param alone  nobody else has a copy: what the kernel holds at the end is ours to answer
    void accept_from(support::unique_fd listening, bool alone);
    /// What a primary shall do with connections that it passes.
    [[nodiscard]] cluster::connection_handlers handlers();
    /// The primary's name for the socket, and its port.
    void listens(std::string key, std::optional<int> port, std::string counted_as);

    [[nodiscard]] asio::awaitable<std::optional<connection>> accept();
    void close();
    /// The process shall end. What has been accepted is still handed out.
    void leave();
    [[nodiscard]] bool is_open() const { return open_; }
    [[nodiscard]] asio::awaitable<void> until_closed();
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] const std::string& counted_as() const { return counted_as_; }

    /// Gives all connections to another, which counts them itself, instead of accept().
    /// @param serve  gets each that the primary passes, and those that were waiting
    /// @return  the socket of our own, for the other to accept from
    [[nodiscard]] std::optional<support::unique_fd> hand_over(
        std::function<void(support::unique_fd)> serve, std::function<std::size_t()> open);
    /// The other's count has changed.
    void connections_changed();
    [[nodiscard]] membership* process() { return process_.get(); }

  private:
    friend class ticket;

    void take(support::unique_fd accepted);
    void take_what_waits();
    void close_own();
    [[nodiscard]] connection next();
    void ended();

    asio::any_io_executor executor_;
    support::weak_ref<membership> process_;
    listen_options options_;
    std::string key_;  // the primary's; empty without one
    std::string counted_as_;
    std::uint16_t port_ = 0;
    std::optional<support::acceptor> own_;
    bool alone_ = false;
    std::deque<support::unique_fd> waiting_;
    std::size_t served_ = 0;  // given out by accept() and not destroyed
    std::function<void(support::unique_fd)> serve_;
    std::function<std::size_t()> counted_;
    bool open_ = true;
    support::async_condition news_;
    support::weak_anchor<server_core> anchor_{this};
    friend class membership;
};

}  // namespace net
