// A primary that answers as a check tells it; its worker is this very process.
#pragma once

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "03-handle-passing/handle_channel.hpp"
#include "04-auto-restart/cluster_message.hpp"
#include "04-auto-restart/worker_life.hpp"
#include "06-cluster-lib/membership.hpp"
#include "06-cluster-lib/net.hpp"
#include "exercises/06/checks/staging.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "tests/helpers.hpp"
#include "tests/leaks.hpp"

namespace kit_06 {

using nlohmann::json;
using support::unique_fd;

/// How many sockets of this process listen.
inline int listening_sockets() {
    int count = 0;
    for (const auto& [fd, target] : tests::open_descriptors()) {
        int listens = 0;
        socklen_t size = sizeof listens;
        const bool known = ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0;
        if (known && listens != 0) ++count;
    }
    return count;
}

/// A client that has connected and said a letter, by which it is known. The other side has got
/// both when this returns.
inline unique_fd client_of(std::uint16_t port, char letter) {
    unique_fd client(tests::connect_to(port));
    support::check("send", ::send(client.get(), &letter, 1, MSG_NOSIGNAL));
    int unread = 1;  // not acknowledged yet
    while (unread > 0) support::check("ioctl", ::ioctl(client.get(), SIOCOUTQ, &unread));
    return client;
}

/// Whose connection it is, by its letter; "?" if it says none.
inline std::string letter_of(int connection) {
    pollfd comes{connection, POLLIN, 0};
    support::retry([&] { return ::poll(&comes, 1, 1000); });
    char letter = '?';
    static_cast<void>(::recv(connection, &letter, 1, MSG_DONTWAIT));
    return {letter};
}

/// What listening has come to, in words, and the server if there is one.
struct outcome {
    std::string words;
    std::optional<net::server> server;
};
inline asio::awaitable<outcome> listen_so(net::listen_options where) {
    outcome result;
    try {
        auto done = co_await support::with_timeout(net::listen(std::move(where)), soon);
        const std::string what = done && !done->is_open() ? "a closed server" : "a server";
        result.words = done ? what + " on port " + std::to_string(done->port()) : "no answer";
        if (done) result.server.emplace(std::move(*done));
    } catch (const std::system_error& error) {
        result.words = "an error: " + error.code().message();
    }
    co_return result;
}

/// The same for a datagram socket, which goes again at once.
inline asio::awaitable<std::string> bind_so(const std::string& address, std::uint16_t port) {
    net::bind_options where;
    where.address = address;
    where.port = port;
    try {
        auto done = co_await support::with_timeout(net::bind_udp(std::move(where)), soon);
        if (!done) co_return "no answer";
        co_return "a datagram socket on port " + std::to_string(done->local_endpoint().port());
    } catch (const std::system_error& error) {
        co_return "an error: " + error.code().message();
    }
}

/// Who comes out of accept(): a letter, "the end", or "nobody" if it does not return.
inline asio::awaitable<std::string> next_of(net::server& server) {
    auto accepted = co_await support::with_timeout(server.accept(), soon);
    if (!accepted) co_return "nobody";
    if (!*accepted) co_return "the end";
    co_return letter_of((*accepted)->fd());
}

inline net::listen_options at_port(const std::string& address, std::uint16_t port) {
    net::listen_options result;
    result.address = address;
    result.port = port;
    return result;
}

/// To be used on_stage. What the worker says is noted down, what it is told is up to the check.
class asked_primary {
  public:
    using message = cluster::cluster_message;

    /// How this process becomes a worker.
    enum class role {
        told,      ///< somebody has attached it to its primary
        inherits,  ///< nobody has: its environment says so
    };

    /// @param id  the worker's
    explicit asked_primary(const asio::any_io_executor& executor, int id = 1, role how = role::told)
        : asked_primary(executor, support::make_socket_pair(), id, how) {}
    asked_primary(const asked_primary&) = delete;
    asked_primary& operator=(const asked_primary&) = delete;
    ~asked_primary() { worker_.detach(); }

    /// What it does when the worker asks for a socket; unless a check says otherwise it promises
    /// to pass connections.
    std::function<void(const message&)> answer = [this](const message& question) {
        grant(question);
    };
    void grant(const message& question) {
        cluster::listen_reply reply = next_reply();
        reply.sockname = json{{"port", port}};
        channel_.post(
            cluster::messages::answering(question, cluster::messages::reply_without_socket(reply)));
    }
    void grant(const message& question, const unique_fd& socket) {
        child_process::handle copy(support::duplicate(socket.get()));
        const json reply = cluster::messages::reply_with_socket(next_reply());
        channel_.post(cluster::messages::answering(question, reply), std::move(copy).as_native());
    }
    void refuse(const message& question, int error) {
        cluster::listen_reply reply;
        reply.error = error;
        channel_.post(
            cluster::messages::answering(question, cluster::messages::reply_failed(reply)));
    }

    /// Passes a connection for the first socket; the client's end of it.
    unique_fd pass(char letter) {
        const unique_fd listening = support::listen_tcp("127.0.0.1", 0);
        unique_fd client = client_of(support::local_port(listening.get()), letter);
        unique_fd accepted(support::check(
            "accept4", ::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)));
        child_process::handle passed(std::move(accepted), child_process::handle_kind::socket);
        const json offer =
            cluster::messages::numbered(cluster::messages::new_connection("socket 1"));
        channel_.post(offer, std::move(passed).as_native());
        return client;
    }
    void disconnect() {
        channel_.post(cluster::messages::numbered(cluster::messages::disconnect()));
    }

    asio::awaitable<void> until_heard(std::function<bool()> done, std::string otherwise) {
        const bool came = co_await comes_soon(news_, done);
        if (!came) FAIL("observed: after " << soon.count() << " s " << otherwise);
    }
    /// The same for so many answers to connections that were passed.
    asio::awaitable<void> until_answered(std::size_t count) {
        co_await until_heard([this, count] { return answers.size() >= count; },
                             "the worker has not answered to connection " + std::to_string(count));
    }
    /// The worker has been told to leave, and its server knows.
    asio::awaitable<void> until_leaving(net::server& server) {
        const bool known = co_await support::with_timeout(server.until_closed(), soon);
        if (!known) FAIL("observed: the worker shall leave, and its server is still open");
    }

    std::uint16_t port = 1;            // that it says it listens on
    std::vector<json> questions;       // for sockets
    std::vector<std::string> closed;   // keys that the worker serves no more
    std::vector<std::string> answers;  // to connections: "taken" or "refused"

  private:
    asked_primary(const asio::any_io_executor& executor, support::socket_pair ends, int id,
                  role how)
        : channel_(executor, std::move(ends.first)),
          worker_(net::membership::of(executor)),
          news_(executor) {
        channel_.on_internal([this](child_process::incoming arrived) { hear(std::move(arrived)); });
        ::setenv("NODE_UNIQUE_ID", std::to_string(id).c_str(), 1);
        if (how == role::inherits) {
            const std::string number = std::to_string(ends.second.release());
            ::setenv("NODE_CHANNEL_FD", number.c_str(), 1);
        } else {
            life_.emplace(executor, std::move(ends.second));
            worker_.attach(*life_);
        }
    }

    void hear(child_process::incoming arrived) {
        const auto heard = message::read(std::move(arrived.message));
        if (!heard) return;
        if (heard->act == "queryServer") {
            questions.push_back(heard->fields);
            answer(*heard);
        } else if (heard->act == "close") {
            closed.push_back(heard->text("key"));
        } else if (heard->ack) {
            answers.emplace_back(heard->flag("accepted") ? "taken" : "refused");
        }
        news_.notify_all();
    }

    cluster::listen_reply next_reply() {
        cluster::listen_reply reply;
        reply.key = "socket " + std::to_string(++granted_);
        return reply;
    }

    int granted_ = 0;
    child_process::handle_channel channel_;
    net::membership& worker_;
    std::optional<cluster::worker_life> life_;
    support::async_condition news_;
};

}  // namespace kit_06
