#include "03-handle-passing/handle.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

#include "support/sockets.hpp"
#include "support/syscall.hpp"

namespace child_process {
namespace {

[[noreturn]] void refuse(int error) {
    support::throw_error({error, std::system_category()}, "handle");
}

int socket_option(int fd, int option) {
    int value = 0;
    socklen_t size = sizeof value;
    support::check("handle", ::getsockopt(fd, SOL_SOCKET, option, &value, &size));
    return value;
}

int domain_of(int fd) {
    return socket_option(fd, SO_DOMAIN);
}

bool is_internet(int domain) {
    return domain == AF_INET || domain == AF_INET6;
}

bool is_connected(int fd) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

bool listens(int fd) {
    return socket_option(fd, SO_ACCEPTCONN) != 0;
}

handle_kind connection_kind(int domain) {
    return is_internet(domain) ? handle_kind::socket : handle_kind::pipe;
}

bool can_be(int fd, int domain, handle_kind kind) {
    const int type = socket_option(fd, SO_TYPE);
    if (kind == handle_kind::datagram) return type == SOCK_DGRAM && is_internet(domain);
    if (type != SOCK_STREAM) return false;
    if (!is_internet(domain) && domain != AF_UNIX) return false;
    if (kind == handle_kind::server) return listens(fd) || !is_connected(fd);
    return kind == connection_kind(domain) && !listens(fd);
}

handle_kind look(int fd) {
    if (socket_option(fd, SO_TYPE) == SOCK_DGRAM) return handle_kind::datagram;
    if (listens(fd)) return handle_kind::server;
    if (is_connected(fd)) return connection_kind(domain_of(fd));
    refuse(ENOTCONN);
}

handle_kind announced_kind(std::string_view wire_type, int fd) {
    if (wire_type == "dgram.Native" || wire_type == "dgram.Socket") return handle_kind::datagram;
    if (wire_type == "net.Server") return handle_kind::server;
    if (wire_type == "net.Socket") return connection_kind(domain_of(fd));
    if (wire_type == "net.Native") {
        return is_connected(fd) ? connection_kind(domain_of(fd)) : handle_kind::server;
    }
    refuse(EINVAL);
}

}  // namespace

handle::handle(support::unique_fd socket) : socket_(std::move(socket)), kind_(look(socket_.get())) {
    verify();
}

handle::handle(support::unique_fd socket, handle_kind kind)
    : socket_(std::move(socket)), kind_(kind) {
    verify();
}

void handle::verify() {
    const int domain = domain_of(fd());
    if (!can_be(fd(), domain, kind_)) refuse(EPROTOTYPE);
    ipv6_ = domain == AF_INET6;
}

handle handle::arrived(std::string_view wire_type, support::unique_fd socket) {
    const handle_kind kind = announced_kind(wire_type, socket.get());
    handle result(std::move(socket), kind);
    result.native_ = wire_type.ends_with(".Native");
    if (wire_type == "net.Server" && !listens(result.fd())) {
        support::check("listen", ::listen(result.fd(), support::default_backlog));
    }
    return result;
}

handle handle::as_native() && {
    native_ = true;
    return std::move(*this);
}

handle handle::counted_as(std::string key) && {
    key_ = std::move(key);
    return std::move(*this);
}

std::string_view handle::wire_type() const {
    if (kind_ == handle_kind::datagram) return native_ ? "dgram.Native" : "dgram.Socket";
    if (native_) return "net.Native";
    return kind_ == handle_kind::server ? "net.Server" : "net.Socket";
}

std::string_view handle::datagram_type() const {
    if (kind_ != handle_kind::datagram) return "";
    return ipv6_ ? "udp6" : "udp4";
}

handle handle::duplicate() const {
    handle copy(support::duplicate(fd()), kind_);
    copy.native_ = native_;
    copy.key_ = key_;
    return copy;
}

}  // namespace child_process
