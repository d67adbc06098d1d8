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

bool is_connected(int fd) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

handle_kind kind_of(int fd) {
    const int type = socket_option(fd, SO_TYPE);
    const int domain = socket_option(fd, SO_DOMAIN);
    const bool internet = domain == AF_INET || domain == AF_INET6;
    if (type == SOCK_DGRAM && internet) return handle_kind::datagram;
    if (type != SOCK_STREAM || (!internet && domain != AF_UNIX)) refuse(EPROTOTYPE);
    if (!is_connected(fd)) return handle_kind::server;
    return internet ? handle_kind::socket : handle_kind::pipe;
}

bool fits(handle_kind kind, std::string_view wire_type) {
    if (wire_type == "net.Native") return kind != handle_kind::datagram;
    if (wire_type == "dgram.Native" || wire_type == "dgram.Socket")
        return kind == handle_kind::datagram;
    if (wire_type == "net.Server") return kind == handle_kind::server;
    if (wire_type == "net.Socket") return kind == handle_kind::socket || kind == handle_kind::pipe;
    refuse(EINVAL);
}

}  // namespace

handle::handle(support::unique_fd socket)
    : socket_(std::move(socket)),
      kind_(kind_of(socket_.get())),
      ipv6_(socket_option(socket_.get(), SO_DOMAIN) == AF_INET6) {}

handle handle::arrived(std::string_view wire_type, support::unique_fd socket) {
    handle result(std::move(socket));
    if (!fits(result.kind_, wire_type)) refuse(EPROTOTYPE);
    result.native_ = wire_type.ends_with(".Native");
    if (wire_type == "net.Server" && socket_option(result.fd(), SO_ACCEPTCONN) == 0) {
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
    handle copy(support::duplicate(fd()));
    copy.native_ = native_;
    copy.key_ = key_;
    return copy;
}

}  // namespace child_process
