#include "04-auto-restart/listening_sockets.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "support/syscall.hpp"

namespace cluster {
namespace {

void remove_file(const std::string& path) {
    if (!path.empty()) ::unlink(path.c_str());
}

class shared_socket : public served_socket {
  public:
    shared_socket(support::unique_fd socket, child_process::handle_kind kind)
        : socket_(std::move(socket)), kind_(kind) {}

    void give(worker_process& worker, const cluster_message& question,
              listen_reply reply) override {
        // Told, not looked at: it does not listen before the first worker does.
        child_process::handle copy(support::duplicate(socket_.get()), kind_);
        json message = messages::answering(question, messages::reply_with_socket(reply));
        worker.channel().post(message, std::move(copy).as_native());
    }

  private:
    support::unique_fd socket_;
    child_process::handle_kind kind_;
};

}  // namespace

asio::awaitable<void> served_socket::stop() {
    co_return;
}

socket_policy shared_policy() {
    return [](const listen_query& query) {
        using child_process::handle_kind;
        const auto kind = query.datagram() ? handle_kind::datagram : handle_kind::server;
        return std::make_unique<shared_socket>(open_socket(query, false), kind);
    };
}

listening_sockets::listening_sockets(supervisor& workers, socket_policy open)
    : open_(std::move(open)) {
    workers.on_cluster_message.add(
        [this](worker_process& worker, cluster_message& message) { take(worker, message); });
    workers.on_leaving.add([this](worker_process& worker) {
        for (auto& [key, each] : sockets_) each.socket->leaves(worker);
    });
    workers.on_exit.add([this](worker_process& worker, const crash_report&) {
        for (auto& [key, each] : sockets_) {
            each.users.erase(worker.id());
            each.socket->gone(worker);
        }
    });
}

listening_sockets::~listening_sockets() {
    for (const auto& [key, each] : sockets_) remove_file(each.path);
}

asio::awaitable<void> listening_sockets::stop() {
    for (auto& [key, each] : sockets_) co_await each.socket->stop();
}

void listening_sockets::take(worker_process& worker, const cluster_message& message) {
    if (message.act == "queryServer") answer(worker, message);
    if (message.act == "close") closed(worker, message.text("key"));
    if (!message.ack) return;
    for (auto& [key, each] : sockets_) each.socket->take(worker, message);
}

void listening_sockets::answer(worker_process& worker, const cluster_message& question) {
    if (worker.is_leaving()) return;  // as Node: it is on its way out
    const auto query = listen_query::from_json(question.fields);
    if (!query) {
        return reply_to(worker, question, messages::reply_failed({.error = EINVAL, .key = ""}));
    }
    try {
        give(worker, question, *query);
    } catch (const std::system_error& error) {
        reply_to(worker, question,
                 messages::reply_failed({.error = error.code().value(), .key = query->key()}));
    }
}

void listening_sockets::give(worker_process& worker, const cluster_message& question,
                             const listen_query& query) {
    const std::string key = query.key();
    auto found = sockets_.find(key);
    if (found == sockets_.end()) {
        const bool named = query.type == socket_type::unix_path;
        entry added{open_(query), named ? *query.address : "", query.data, {}};
        found = sockets_.emplace(key, std::move(added)).first;
    }
    entry& asked = found->second;
    asked.users.insert(worker.id());
    asked.socket->give(worker, question, {.key = key, .data = asked.data});
}

void listening_sockets::closed(worker_process& worker, const std::string& key) {
    const auto found = sockets_.find(key);
    if (found == sockets_.end() || found->second.users.erase(worker.id()) == 0) return;
    entry& asked = found->second;
    asked.socket->leaves(worker);
    // One that leaves will be replaced, and the replacement asks for the same socket.
    if (worker.is_leaving() || !asked.users.empty()) return;
    remove_file(asked.path);
    sockets_.erase(found);
}

void reply_to(worker_process& worker, const cluster_message& question, json reply) {
    worker.channel().post(messages::answering(question, std::move(reply)));
}

}  // namespace cluster
