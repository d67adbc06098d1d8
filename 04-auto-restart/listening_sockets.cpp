#include "04-auto-restart/listening_sockets.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "support/syscall.hpp"

namespace cluster {
namespace {

void remove_file(const std::string& path) {
    if (!path.empty()) ::unlink(path.c_str());
}

// One worker must not use up the descriptors that its siblings and their clients need.
std::size_t most_sockets() {
    constexpr rlim_t enough = 1'000;
    rlimit table{};
    support::check("getrlimit", ::getrlimit(RLIMIT_NOFILE, &table));
    return static_cast<std::size_t>(std::min(enough, table.rlim_cur / 2));
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
    : workers_(workers), open_(std::move(open)) {
    workers.on_cluster_message.add(
        [this](worker_process& worker, cluster_message& message) { take(worker, message); });
    workers.on_leaving.add([this](worker_process& worker) {
        for (auto& [key, each] : sockets_) each.socket->leaves(worker);
    });
    workers.on_exit.add([this](worker_process& worker, const crash_report& report) {
        for (auto& [key, each] : sockets_) {
            each.users.erase(worker.id());
            each.socket->gone(worker);
        }
        if (report.wanted) free_unused_by(worker.id());
    });
}

listening_sockets::~listening_sockets() {
    for (const auto& [key, each] : sockets_) remove_file(each.path);
}

asio::awaitable<void> listening_sockets::stop() {
    const support::weak_ref self(anchor_);
    std::vector<std::string> keys;
    for (const auto& [key, each] : sockets_) keys.push_back(key);
    // One may be freed while another is waited for.
    for (const std::string& key : keys) {
        if (!self) co_return;
        const auto found = sockets_.find(key);
        if (found != sockets_.end()) co_await found->second.socket->stop();
    }
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
    const auto found = sockets_.find(key);
    if (found != sockets_.end()) return give(worker, question, key, found->second);
    const auto mine = std::count_if(sockets_.begin(), sockets_.end(), [&](const auto& each) {
        return each.second.users.contains(worker.id());
    });
    if (static_cast<std::size_t>(mine) >= most_sockets()) {
        support::throw_error({EMFILE, std::system_category()}, "listen");
    }
    const bool named = query.type == socket_type::unix_path;
    entry added{open(query), named ? *query.address : "", query.data, {}};
    try {
        give(worker, question, key, added);
    } catch (const std::system_error&) {
        remove_file(added.path);  // who asks again shall have it tried again
        throw;
    }
    sockets_.emplace(key, std::move(added));
}

std::unique_ptr<served_socket> listening_sockets::open(const listen_query& query) {
    try {
        return open_(query);
    } catch (const std::system_error& error) {
        if (error.code() != std::errc::address_in_use || unused_.empty()) throw;
    }
    // The address may be one that we keep only in case its last user has left for a replacement.
    while (!unused_.empty()) free_unused(std::string(unused_.begin()->first));
    return open_(query);
}

void listening_sockets::give(worker_process& worker, const cluster_message& question,
                             const std::string& key, entry& asked) {
    asked.socket->give(worker, question, {.key = key, .data = asked.data});
    asked.users.insert(worker.id());
}

void listening_sockets::closed(worker_process& worker, const std::string& key) {
    const auto found = sockets_.find(key);
    if (found == sockets_.end() || found->second.users.erase(worker.id()) == 0) return;
    entry& asked = found->second;
    asked.socket->leaves(worker);
    // One that leaves will be replaced, and the replacement asks for the same socket.
    if (worker.is_leaving() || worker.is_dead() || !asked.users.empty()) return;
    // Or it is about to leave and has not said so yet.
    auto& last =
        unused_
            .insert_or_assign(key, last_user{worker.id(), asio::steady_timer(workers_.executor())})
            .first->second;
    last.moment.expires_after(moment);
    last.moment.async_wait(
        [self = support::weak_ref(anchor_), key](const boost::system::error_code& error) {
            if (!error && self) self->look_at_unused(key);
        });
}

void listening_sockets::look_at_unused(const std::string& key) {
    const auto found = unused_.find(key);
    if (found == unused_.end()) return;
    const worker_process* user = workers_.find(found->second.id);
    const bool goes_on = user != nullptr && !user->is_leaving() && !user->is_dead();
    if (goes_on) return free_unused(key);
    // Its replacement will ask, unless it leaves for good: that its exit will tell.
    if (user == nullptr) unused_.erase(found);
}

// Its last user was the only one, and has ended for good.
void listening_sockets::free_unused_by(int id) {
    std::vector<std::string> keys;
    for (const auto& [key, last] : unused_) {
        if (last.id == id) keys.push_back(key);
    }
    for (const std::string& key : keys) free_unused(key);
}

void listening_sockets::free_unused(const std::string& key) {
    unused_.erase(key);
    const auto found = sockets_.find(key);
    if (found == sockets_.end() || !found->second.users.empty()) return;
    remove_file(found->second.path);
    sockets_.erase(found);
}

void reply_to(worker_process& worker, const cluster_message& question, json reply) {
    worker.channel().post(messages::answering(question, std::move(reply)));
}

}  // namespace cluster
