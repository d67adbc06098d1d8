#include "02-fork-ipc/fork.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string_view>
#include <utility>

#include "01-spawn-exec/spawn.hpp"
#include "support/environment.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"

namespace child_process {
namespace {

constexpr const char* fd_variable = "NODE_CHANNEL_FD";
constexpr const char* mode_variable = "NODE_CHANNEL_SERIALIZATION_MODE";

[[noreturn]] void refuse(const std::string& variable, const std::string& value, const char* why) {
    throw std::runtime_error(variable + "=" + value + ": " + why);
}

bool is_stream_socket(int fd) {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

}  // namespace

forked fork(const asio::any_io_executor& executor, const std::string& program,
            const std::vector<std::string>& arguments, spawn_options options, int channel_fd) {
    auto& descriptors = options.descriptors;
    const auto position = static_cast<std::size_t>(channel_fd);
    if (channel_fd < 0 || position < descriptors.size()) {
        throw std::invalid_argument(
            "descriptor " + std::to_string(channel_fd) +
            " cannot be the channel: it is negative or used by options.descriptors");
    }
    while (descriptors.size() < position) {
        descriptors.push_back(descriptors.size() < 3 ? stdio::inherit() : stdio::ignore());
    }
    auto [ours, theirs] = support::make_socket_pair();
    descriptors.push_back(stdio::descriptor(theirs.get()));
    while (descriptors.size() < 3) descriptors.push_back(stdio::inherit());
    if (!options.env) options.env = current_environment();
    (*options.env)[fd_variable] = std::to_string(channel_fd);
    (*options.env)[mode_variable] = "json";
    // The child's end closes here as this function returns: otherwise we would never see the end of
    // a child that died.
    return {spawn(executor, program, arguments, options), std::move(ours)};
}

std::optional<support::unique_fd> inherited_channel() {
    const auto text = support::take_variable(fd_variable);
    const auto mode = support::take_variable(mode_variable);
    if (!text) return std::nullopt;
    const int fd = support::number_in<int>(*text).value_or(-1);
    if (fd < 0) refuse(fd_variable, *text, "not a descriptor number");
    if (mode.value_or("json") != "json") {
        refuse(mode_variable, *mode,
               "only V8 can read this; start the child with serialization 'json'");
    }
    if (::fcntl(fd, F_GETFD) == -1) refuse(fd_variable, *text, "no such descriptor is open");
    if (!is_stream_socket(fd)) refuse(fd_variable, *text, "not a stream socket");
    support::set_close_on_exec(fd);
    support::set_nonblocking(fd);
    return support::unique_fd(fd);
}

}  // namespace child_process
