#include "06-cluster-lib/server.hpp"

#include <sys/socket.h>

#include <utility>

#include "06-cluster-lib/server_core.hpp"
#include "support/syscall.hpp"

namespace net {

struct connection::state {
    asio::any_io_executor executor;
    support::unique_fd fd;
    std::optional<asio::generic::stream_protocol::socket> stream;
    ticket counted;
};

connection::connection(const asio::any_io_executor& executor, support::unique_fd fd, ticket counted)
    : state_(new state{executor, std::move(fd), std::nullopt, std::move(counted)}) {}
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

asio::generic::stream_protocol::socket& connection::socket() {
    auto& stream = state_->stream;
    if (!stream) {
        int family = 0;
        socklen_t size = sizeof(family);
        support::check("getsockopt", ::getsockopt(fd(), SOL_SOCKET, SO_DOMAIN, &family, &size));
        asio::generic::stream_protocol::socket opened(state_->executor);
        boost::system::error_code error;
        opened.assign(asio::generic::stream_protocol(family, 0), fd(), error);
        support::check("watch", error);
        static_cast<void>(state_->fd.release());
        stream.emplace(std::move(opened));
    }
    return *stream;
}

int connection::fd() const {
    return state_->stream ? state_->stream->native_handle() : state_->fd.get();
}

server::server(std::unique_ptr<server_core> core) : core_(std::move(core)) {}
server::server(server&&) noexcept = default;
server& server::operator=(server&&) noexcept = default;
server::~server() = default;

asio::awaitable<std::optional<connection>> server::accept() {
    return core_->accept();
}

void server::close() {
    core_->close();
}

bool server::is_open() const {
    return core_->is_open();
}

asio::awaitable<void> server::until_closed() {
    return core_->until_closed();
}

std::uint16_t server::port() const {
    return core_->port();
}

std::size_t server::connections() const {
    return core_->connections();
}

}  // namespace net
