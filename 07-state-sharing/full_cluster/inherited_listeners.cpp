#include "07-state-sharing/full_cluster/inherited_listeners.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "support/environment.hpp"
#include "support/syscall.hpp"

namespace full_cluster {
namespace {

constexpr int first_passed = 3;  // SD_LISTEN_FDS_START: behind the three that every process has

std::vector<std::string> split(const std::string& names) {
    std::vector<std::string> result;
    std::istringstream parts(names);
    for (std::string each; std::getline(parts, each, ':');) result.push_back(each);
    return result;
}

int count_in(const std::string& text) {
    const auto count = support::number_in<int>(text);
    if (!count || *count < 0 || *count > ::sysconf(_SC_OPEN_MAX) - first_passed) {
        throw std::runtime_error("LISTEN_FDS is no number of descriptors: " + text);
    }
    return *count;
}

int socket_option(int fd, int option) {
    int value = 0;
    socklen_t size = sizeof value;
    if (::getsockopt(fd, SOL_SOCKET, option, &value, &size) == -1) return -1;
    return value;
}

void check_listens(const inherited_listener& passed) {
    const int fd = passed.socket.get();
    if (socket_option(fd, SO_TYPE) == SOCK_STREAM && socket_option(fd, SO_ACCEPTCONN) == 1) return;
    throw std::runtime_error("descriptor " + std::to_string(fd) + " (" + passed.name +
                             "), which the service manager passed, is no listening socket");
}

}  // namespace

std::vector<inherited_listener> inherited_listeners() {
    const auto whose = support::take_variable("LISTEN_PID");
    const auto count = support::take_variable("LISTEN_FDS");
    const auto names = split(support::take_variable("LISTEN_FDNAMES").value_or(""));
    // A pid can be used again; newer managers add the number of its pidfd, which cannot.
    ::unsetenv("LISTEN_PIDFDID");
    if (!count || !whose || support::number_in<pid_t>(*whose) != ::getpid()) return {};

    std::vector<inherited_listener> result;
    const int passed = count_in(*count);
    for (int n = 0; n < passed; ++n) {
        const auto at = static_cast<std::size_t>(n);
        const std::string name = at < names.size() ? names[at] : "unknown";
        result.push_back({name, support::unique_fd(first_passed + n)});
    }
    for (const inherited_listener& each : result) {
        check_listens(each);
        support::set_close_on_exec(each.socket.get());
        support::set_nonblocking(each.socket.get());
    }
    return result;
}

}  // namespace full_cluster
