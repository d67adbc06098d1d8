#include "05-round-robin/dispatched_sockets.hpp"

#include <utility>

#include "support/sockets.hpp"
#include "support/syscall.hpp"

namespace cluster {
namespace {

class dispatched_socket : public served_socket {
  public:
    dispatched_socket(supervisor& workers, support::unique_fd listening, const std::string& key,
                      const dispatch_settings& settings)
        : sockname_(name_of(listening.get())),
          dispatcher_(workers.executor(), std::move(listening), key, settings) {
        dispatcher_.on_fault = [&workers](int id, const std::string& fault) {
            worker_process* worker = workers.find(id);
            if (worker != nullptr) worker->kill_within(std::chrono::milliseconds(0), fault);
        };
    }

    void give(worker_process& worker, const cluster_message& question,
              listen_reply reply) override {
        reply.sockname = sockname_;
        reply_to(worker, question, messages::reply_without_socket(reply));
        dispatcher_.join(worker, question.flag("lane"));
    }
    void leaves(worker_process& worker) override { dispatcher_.leaves(worker); }
    void gone(worker_process& worker) override { dispatcher_.gone(worker); }
    void take(worker_process& worker, const cluster_message& message) override {
        dispatcher_.take(worker, message);
    }
    asio::awaitable<void> stop() override { return dispatcher_.stop(); }

  private:
    // As Node tells it to its workers; a path is known to them already.
    static json name_of(int fd) {
        const auto where = support::local_endpoint(fd);
        if (!where) return nullptr;
        return {{"address", where->address},
                {"family", where->ipv6 ? "IPv6" : "IPv4"},
                {"port", where->port}};
    }

    json sockname_;
    dispatcher dispatcher_;
};

class slot_sockets : public served_socket {
  public:
    explicit slot_sockets(listen_query query) : query_(std::move(query)) {}

    void give(worker_process& worker, const cluster_message& question,
              listen_reply reply) override {
        const int fd = socket_of(worker.slot());
        child_process::handle copy(support::duplicate(fd), child_process::handle_kind::server);
        json message = messages::answering(question, messages::reply_with_socket(reply));
        worker.channel().post(message, std::move(copy).as_native());
    }

  private:
    int socket_of(int slot) {
        auto found = sockets_.find(slot);
        if (found == sockets_.end()) {
            found = sockets_.emplace(slot, open_socket(query_, false, true)).first;
            query_.port = support::local_port(found->second.get());  // 0 meant "one for all"
        }
        return found->second.get();
    }

    listen_query query_;
    std::map<int, support::unique_fd> sockets_;
};

}  // namespace

socket_policy dispatched_policy(supervisor& workers, dispatch_settings settings) {
    return [&workers, settings = std::move(settings)](
               const listen_query& query) -> std::unique_ptr<served_socket> {
        if (query.datagram()) return shared_policy()(query);
        return std::make_unique<dispatched_socket>(workers, open_socket(query, true), query.key(),
                                                   settings);
    };
}

socket_policy reuseport_policy() {
    return [](const listen_query& query) -> std::unique_ptr<served_socket> {
        const bool tcp = query.type == socket_type::tcp4 || query.type == socket_type::tcp6;
        if (!tcp) return shared_policy()(query);
        return std::make_unique<slot_sockets>(query);
    };
}

}  // namespace cluster
