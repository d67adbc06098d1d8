#include "06-cluster-lib/membership.hpp"

#include <boost/asio/query.hpp>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "02-fork-ipc/fork.hpp"
#include "04-auto-restart/listen_query.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "support/timeout.hpp"

namespace net {
namespace {

cluster::listen_query question(const listen_options& options) {
    cluster::listen_query query;
    if (options.primary_fd) {
        query.type = cluster::socket_type::descriptor;
        query.port.reset();
        query.fd = options.primary_fd;
    } else if (!options.path.empty()) {
        query.type = cluster::socket_type::unix_path;
        query.address = options.path;
        query.port = -1;
    } else {
        query = cluster::tcp_query(options.address, options.port);
        if (options.only_ipv6) query.flags = 1;
        if (options.only_ipv6 && options.address.empty()) {
            query.address = "::";
            query.type = cluster::socket_type::tcp6;
        }
    }
    if (options.backlog > 0) query.backlog = options.backlog;
    return query;
}

cluster::listen_query question(const bind_options& options) {
    const bool ipv6 = options.address.find(':') != std::string::npos;
    cluster::listen_query query;
    query.type = ipv6 ? cluster::socket_type::udp6 : cluster::socket_type::udp4;
    if (!options.address.empty()) query.address = options.address;
    query.port = options.port;
    query.fd = -1;
    query.flags = (options.only_ipv6 ? 1 : 0) | (options.share_address ? 4 : 0);
    return query;
}

}  // namespace

support::unique_fd channel_to_primary() {
    auto channel_end = child_process::inherited_channel();
    if (!channel_end) {
        throw std::runtime_error(
            "NODE_UNIQUE_ID says that this is a worker of a cluster, but NODE_CHANNEL_FD names no "
            "channel to its primary: unset NODE_UNIQUE_ID to run alone");
    }
    return std::move(*channel_end);
}

asio::execution_context::id membership::id;

membership::membership(asio::execution_context& context) : service(context) {}

membership& membership::of(const asio::any_io_executor& executor) {
    auto& process = asio::use_service<membership>(asio::query(executor, asio::execution::context));
    if (!process.news_) process.news_ = std::make_unique<support::async_condition>(executor);
    return process;
}

void membership::shutdown() {
    detach();
    own_life_.reset();
    news_.reset();
}

void membership::attach(cluster::worker_life& life) {
    life_ = &life;
    sockets_ = std::make_unique<cluster::worker_sockets>(life);
    asio::co_spawn(life.executor(), follow(), support::rethrow);
}

void membership::detach() {
    leave();
    sockets_.reset();
    life_ = nullptr;
}

void membership::join(const asio::any_io_executor& executor) {
    if (life_ != nullptr || ::getenv("NODE_UNIQUE_ID") == nullptr) return;
    own_life_ = std::make_unique<cluster::worker_life>(executor, channel_to_primary());
    attach(*own_life_);
    asio::co_spawn(executor, finish_own(), support::rethrow);
}

asio::awaitable<void> membership::follow() {
    const support::weak_ref self(anchor_);
    static_cast<void>(co_await life_->until_leaving());
    if (self) leave();
}

// Nothing of ours may keep the program's event loop from running dry.
asio::awaitable<void> membership::finish_own() {
    const support::weak_ref self(anchor_);
    static_cast<void>(co_await own_life_->until_leaving());
    if (self) co_await until_idle();
    if (!self) co_return;
    co_await support::with_timeout(own_life_->say_goodbye(), std::chrono::seconds(1));
    if (!self) co_return;
    detach();
    own_life_.reset();
}

// Gives a question its number among those that are alike: `address` is its key, without a number.
// What is not granted is not counted.
class membership::numbered_question {
  public:
    numbered_question(membership& process, std::string address)
        : process_(process.anchor_), address_(std::move(address)) {
        asked& before = process.asked_[address_];
        ++before.open;
        index_ = before.next++;
    }
    numbered_question(const numbered_question&) = delete;
    numbered_question& operator=(const numbered_question&) = delete;
    ~numbered_question() {
        if (!granted_ && process_) process_->forget(address_);
    }

    [[nodiscard]] int index() const { return index_; }
    [[nodiscard]] const std::string& address() const { return address_; }
    void granted() { granted_ = true; }

  private:
    support::weak_ref<membership> process_;
    std::string address_;
    int index_ = 0;
    bool granted_ = false;
};

void membership::forget(const std::string& address) {
    const auto found = asked_.find(address);
    if (found != asked_.end() && --found->second.open == 0) asked_.erase(found);
}

void membership::forget(server_core& server) {
    if (server.key_.empty()) return;
    if (sockets_) sockets_->close(server.key_);
    forget(server.counted_as_);
}

asio::awaitable<std::unique_ptr<server_core>> membership::listen(listen_options options) {
    const auto executor = co_await asio::this_coro::executor;
    join(executor);
    auto query = question(options);
    if (leaving_) support::throw_error({ECANCELED, std::system_category()}, "listen");
    const bool asks = life_ != nullptr && !options.exclusive;
    auto core = std::make_unique<server_core>(executor, *this, std::move(options));
    if (!asks) {
        core->accept_from(cluster::open_socket(query, true), true);
        if (leaving_) core->leave();
        co_return core;
    }
    numbered_question numbered(*this, query.key());
    query.index = numbered.index();
    auto granted = co_await sockets_->listen(std::move(query), core->handlers());
    numbered.granted();
    core->listens(std::move(granted.key), granted.port, numbered.address());
    if (granted.socket) core->accept_from(std::move(*granted.socket), false);
    if (leaving_) core->leave();
    co_return core;
}

asio::awaitable<support::unique_fd> membership::bind(bind_options options) {
    const auto executor = co_await asio::this_coro::executor;
    join(executor);
    auto query = question(options);
    if (life_ == nullptr || options.exclusive) co_return cluster::open_socket(query, false);
    numbered_question numbered(*this, query.key());
    query.index = numbered.index();
    auto granted = co_await life_->listen(std::move(query));
    if (!granted.socket) support::throw_error({EPROTO, std::system_category()}, "bind");
    numbered.granted();
    co_return std::move(*granted.socket).release();
}

void membership::leave() {
    leaving_ = true;
    if (sockets_) sockets_->stop();  // what comes from now on is for other workers
    for (server_core* each : std::vector(servers_)) each->leave();
}

asio::awaitable<void> membership::until_idle() {
    const support::weak_ref self(anchor_);
    while (self && open_ > 0) co_await news_->wait();
}

}  // namespace net
