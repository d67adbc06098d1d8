#include "05-round-robin/dispatched_sockets.hpp"

#include <algorithm>
#include <set>
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
        // First what may fail, so that one question gets one answer.
        dispatcher_.join(worker, question.flag("lane"));
        reply_to(worker, question, messages::reply_without_socket(reply));
        dispatcher_.announce(worker);
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

// A socket in the kernel's group gets its share of the connections whether anybody accepts from it
// or not. So it is there only while its slot has a worker, or is about to have one.
class slot_sockets : public served_socket {
  public:
    slot_sockets(supervisor& workers, listen_query query)
        : workers_(workers), query_(std::move(query)), look_(workers.executor()) {}

    void give(worker_process& worker, const cluster_message& question,
              listen_reply reply) override {
        slot_socket& mine = socket_of(worker.slot());
        child_process::handle copy(support::duplicate(mine.fd.get()),
                                   child_process::handle_kind::server);
        json message = messages::answering(question, messages::reply_with_socket(reply));
        worker.channel().post(message, std::move(copy).as_native());
        mine.receives = true;
        mine.closed = false;
        mine.users.insert(worker.id());
    }
    void leaves(worker_process& worker) override {
        const auto mine = sockets_.find(worker.slot());
        if (mine == sockets_.end() || mine->second.users.erase(worker.id()) == 0) return;
        mine->second.closed = !worker.is_leaving() && !worker.is_dead();
        look_after(std::chrono::milliseconds(0));
    }
    void gone(worker_process& worker) override {
        leaves(worker);
        look_after(std::chrono::milliseconds(0));
    }

  private:
    struct slot_socket {
        support::unique_fd fd;
        std::set<int> users;    // the ids of the workers that accept from it
        bool receives = false;  // it is in the group
        bool closed = false;    // by its last user, which lives on
    };

    slot_socket& socket_of(int slot) {
        slot_socket& mine = sockets_[slot];
        if (!mine.fd) mine.fd = open_socket(query_, false, true);
        query_.port = support::local_port(mine.fd.get());  // 0 meant "one for all"
        return mine;
    }

    // Later: what becomes of a slot is decided after the event, and may change with time alone.
    void look_after(std::chrono::milliseconds time) {
        look_.expires_after(time);
        look_.async_wait([self = support::weak_ref(anchor_)](const boost::system::error_code& ec) {
            if (!ec && self) self->look();
        });
    }

    void look() {
        bool again = false;
        for (auto& [slot, each] : sockets_) {
            if (!each.receives || !each.users.empty()) continue;
            const bool kept = workers_.keeps(slot) && !(each.closed && anybody());
            if (!kept) take_out(each);
            again = again || kept;
        }
        if (again) look_after(std::chrono::milliseconds(250));
    }

    [[nodiscard]] bool anybody() const {
        return std::any_of(sockets_.begin(), sockets_.end(),
                           [](const auto& each) { return !each.second.users.empty(); });
    }

    // A worker that leaves has a copy, and accepts what waits there until it closes that. The new
    // socket does not listen, and so gets nothing; it keeps the port for the slot's next worker.
    void take_out(slot_socket& which) {
        which.receives = false;
        try {
            which.fd = open_socket(query_, false, true);
        } catch (const std::system_error&) {
            which.fd.reset();  // the next worker has it tried again
        }
    }

    supervisor& workers_;
    listen_query query_;
    std::map<int, slot_socket> sockets_;
    asio::steady_timer look_;
    support::weak_anchor<slot_sockets> anchor_{this};
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

socket_policy reuseport_policy(supervisor& workers) {
    return [&workers](const listen_query& query) -> std::unique_ptr<served_socket> {
        const bool tcp = query.type == socket_type::tcp4 || query.type == socket_type::tcp6;
        if (!tcp) return shared_policy()(query);
        return std::make_unique<slot_sockets>(workers, query);
    };
}

}  // namespace cluster
