// What this process is: alone, or a worker of a cluster.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "04-auto-restart/worker_life.hpp"
#include "05-round-robin/worker_sockets.hpp"
#include "06-cluster-lib/server_core.hpp"
#include "support/async_condition.hpp"
#include "support/weak_ref.hpp"

namespace net {

/// Knows whether there is a primary to ask, every server of the process, and how many connections
/// are open.
///
/// One for each io_context, made when it is first asked for, and destroyed with it (a service in
/// Asio's words). That is how listen() finds the primary without being told of one.
class membership : public asio::execution_context::service {
  public:
    static asio::execution_context::id id;

    explicit membership(asio::execution_context& context);
    membership(const membership&) = delete;
    membership& operator=(const membership&) = delete;
    ~membership() override = default;

    /// That of the io_context which this executor belongs to.
    [[nodiscard]] static membership& of(const asio::any_io_executor& executor);

    /// Takes part in a cluster as this worker.
    /// @lifetime life must outlive this, or detach() comes first
    void attach(cluster::worker_life& life);
    void detach();
    /// The same with a life of our own, if the environment says that there is a primary and nobody
    /// has called attach(): in a program that has never heard of clusters. listen() and bind() call
    /// it first. It ends with the last connection.
    /// @throws as channel_to_primary
    void join(const asio::any_io_executor& executor);

    /// Nothing without a primary.
    [[nodiscard]] cluster::worker_life* life() { return life_; }

    /// @throws std::system_error as net::listen
    [[nodiscard]] asio::awaitable<std::unique_ptr<server_core>> listen(listen_options options);
    /// @throws std::system_error as net::bind_udp
    [[nodiscard]] asio::awaitable<support::unique_fd> bind(bind_options options);

    /// All servers accept no more.
    void leave();
    [[nodiscard]] bool leaving() const { return leaving_; }

    /// Waits until no connection is open.
    /// @cancel safe
    [[nodiscard]] asio::awaitable<void> until_idle();

  private:
    friend class server_core;
    friend class ticket;
    class numbered_question;

    void shutdown() override;
    asio::awaitable<void> follow();
    asio::awaitable<void> finish_own();
    void forget(server_core& server);
    void forget(const std::string& address);

    cluster::worker_life* life_ = nullptr;
    std::unique_ptr<cluster::worker_life> own_life_;
    std::unique_ptr<cluster::worker_sockets> sockets_;
    std::vector<server_core*> servers_;
    struct asked {
        int next = 0;
        int open = 0;
    };
    std::map<std::string, asked> asked_;  // by the question's key before it has an index
    std::size_t open_ = 0;                // connections of accept()
    bool leaving_ = false;
    std::unique_ptr<support::async_condition> news_;
    support::weak_anchor<membership> anchor_{this};
};

/// A worker's end of the channel to its primary.
/// @throws std::runtime_error if there is none, which says what to do
[[nodiscard]] support::unique_fd channel_to_primary();

}  // namespace net
