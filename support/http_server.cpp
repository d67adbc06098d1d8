#include "support/http_server.hpp"

#include <sys/socket.h>

#include "support/http_core.hpp"
#include "support/syscall.hpp"

namespace support {

http_server::http_server(const asio::any_io_executor& executor, http_handler handler,
                         http_limits limits)
    : core_(new http_core(executor, std::move(handler), limits),
            [](http_core* core) { core->shut(); }) {}

http_server::~http_server() = default;

void http_server::listen(unique_fd listening) {
    int listens = 0;
    socklen_t size = sizeof listens;
    check("listen", ::getsockopt(listening.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size));
    if (listens == 0) throw_error(std::make_error_code(std::errc::invalid_argument), "listen");
    core_->listen(std::move(listening));
}

void http_server::stop_listening() {
    core_->stop_listening();
}

void http_server::serve(unique_fd connection) {
    core_->serve(std::move(connection));
}

asio::awaitable<void> http_server::drain() {
    const weak_ref<http_core> core = core_->ref();
    core->start_drain();
    while (core && core->connections() > 0) co_await core->drained().wait();
}

std::size_t http_server::connections() const {
    return core_->connections();
}

std::uint64_t http_server::requests() const {
    return core_->requests();
}

void http_server::on_error(std::function<void(std::exception_ptr)> listener) {
    core_->on_error(std::move(listener));
}

void http_server::on_connection_begin(std::function<void()> listener) {
    core_->on_connection_begin(std::move(listener));
}

void http_server::on_connection_end(std::function<void()> listener) {
    core_->on_connection_end(std::move(listener));
}

}  // namespace support
