// The sockets that a cluster listens on.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "04-auto-restart/supervisor.hpp"

namespace cluster {

/// One socket that workers have asked for, and the way in which its connections get to them.
class served_socket {
  public:
    served_socket() = default;
    served_socket(const served_socket&) = delete;
    served_socket& operator=(const served_socket&) = delete;
    virtual ~served_socket() = default;

    /// Answers a worker's question for it. `reply` has the key and the data already.
    /// @throws std::system_error and then has answered nothing: the caller does
    virtual void give(worker_process& worker, const cluster_message& question,
                      listen_reply reply) = 0;
    /// The worker takes no more connections from it.
    virtual void leaves(worker_process&) {}
    /// The worker has gone, and all that it said was heard.
    virtual void gone(worker_process&) {}
    /// A message of the worker that is no question: an answer, perhaps to this socket.
    virtual void take(worker_process&, const cluster_message&) {}
    /// Takes no more connections, and gives away those that wait.
    [[nodiscard]] virtual asio::awaitable<void> stop();
};

/// Opens what is asked for; called once for each key.
/// @throws std::system_error as open_socket
using socket_policy = std::function<std::unique_ptr<served_socket>(const listen_query&)>;

/// Binds the socket, and gives every worker a copy to listen on and accept from by itself: whoever
/// is quickest gets the next connection.
///
/// Because our copy stays open, the port survives every worker: while none accepts, the kernel
/// keeps the connections.
/// @source Node's SharedHandle (SCHED_NONE)
[[nodiscard]] socket_policy shared_policy();

/// Answers the workers' questions for sockets: opens each once, and keeps it. A worker that is
/// replaced leaves its socket to the replacement.
///
/// A worker gets at most 1,000, or half as many as we may have descriptors: EMFILE then.
///
/// A socket is closed, and the file of a unix socket removed, when a worker that goes on has said
/// that it needs it no more and no other has it; or with this object. Programs stop listening first
/// and then end, often without another word: whether a worker goes on shows a moment later.
/// @source docs/wire-protocol.md, queryServer and close
class listening_sockets {
  public:
    /// How long a worker must go on after it has closed its socket.
    static constexpr std::chrono::milliseconds moment{1'000};

    /// @lifetime workers must outlive this
    listening_sockets(supervisor& workers, socket_policy open);
    listening_sockets(const listening_sockets&) = delete;
    listening_sockets& operator=(const listening_sockets&) = delete;
    ~listening_sockets();

    /// Takes no more connections, and gives away those that wait.
    [[nodiscard]] asio::awaitable<void> stop();

  private:
    struct entry {
        std::unique_ptr<served_socket> socket;
        std::string path;     // of a unix socket, whose file goes with it
        json data;            // of the worker that asked first, for all of them
        std::set<int> users;  // their ids
    };

    void take(worker_process& worker, const cluster_message& message);
    void answer(worker_process& worker, const cluster_message& question);
    void give(worker_process& worker, const cluster_message& question, const listen_query& query);
    static void give(worker_process& worker, const cluster_message& question,
                     const std::string& key, entry& asked);
    [[nodiscard]] std::unique_ptr<served_socket> open(const listen_query& query);
    void closed(worker_process& worker, const std::string& key);
    void look_at_unused(const std::string& key);
    void free_unused_by(int worker);
    void free_unused(const std::string& key);

    // Who was the last to use a socket, and when to look whether it goes on.
    struct last_user {
        int id;
        asio::steady_timer moment;
    };

    supervisor& workers_;
    socket_policy open_;
    std::map<std::string, entry> sockets_;
    std::map<std::string, last_user> unused_;
    support::weak_anchor<listening_sockets> anchor_{this};
};

/// Sends the answer to a worker's question.
void reply_to(worker_process& worker, const cluster_message& question, json reply);

}  // namespace cluster
