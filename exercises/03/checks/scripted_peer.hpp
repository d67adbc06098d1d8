// What the grading cases of stage 03 share: the other end of the wire, played with system calls of
// its own, so that a fault of the code under judgement cannot cover up another.
#pragma once

#include <sys/socket.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "03-handle-passing/handle.hpp"
#include "support/asio.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "support/timeout.hpp"
#include "tests/03-handle-passing/raw_descriptors.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace checks {

using support::unique_fd;
using tests::hung_up;
using tests::send_with_many;
using tests::socket_behind;

/// What one recvmsg(2) brought.
struct arrival {
    ssize_t count = 0;
    std::string text;
    std::vector<unique_fd> descriptors;
};

/// Reads at most `size` bytes without waiting, and takes whatever descriptors came with them.
inline arrival take_off(int socket, std::size_t size) {
    arrival result;
    result.text.resize(size);
    iovec data{result.text.data(), size};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(253 * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    result.count = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    result.text.resize(result.count > 0 ? static_cast<std::size_t>(result.count) : 0);
    if (result.count < 0) return result;
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        for (std::size_t at = CMSG_LEN(0); at < part->cmsg_len; at += sizeof(int)) {
            int fd = -1;
            std::memcpy(&fd, reinterpret_cast<char*>(part) + at, sizeof fd);
            result.descriptors.emplace_back(fd);
        }
    }
    return result;
}

inline child_process::handle server_to_pass() {
    return child_process::handle(support::listen_tcp("127.0.0.1", 0));
}

/// The peer, byte by byte: the kernel tells with which read a descriptor came, not with which byte.
class scripted_peer {
  public:
    scripted_peer(const asio::any_io_executor& executor, unique_fd end)
        : socket_(executor, end.release()) {
        support::set_nonblocking(socket_.native_handle());
    }

    void say(const std::string& line, const std::vector<int>& fds = {}) {
        send_with_many(socket_.native_handle(), line + "\n", fds);
    }

    /// The next line that arrives; "<end>" at the end.
    asio::awaitable<std::string> line() {
        std::string text;
        for (;;) {
            arrival one = take_off(socket_.native_handle(), 1);
            if (one.count < 0 && errno == EAGAIN) {
                co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                                            support::as_result);
                continue;
            }
            if (one.count <= 0) co_return text + "<end>";
            for (unique_fd& fd : one.descriptors) {
                came_with.push_back(bytes);
                descriptors.push_back(std::move(fd));
            }
            ++bytes;
            if (one.text[0] == '\n') co_return text;
            text += one.text[0];
        }
    }

    std::size_t bytes = 0;               ///< read so far
    std::vector<unique_fd> descriptors;  ///< that have arrived
    std::vector<std::size_t> came_with;  ///< for each: the number of its byte, from 0

  private:
    asio::posix::stream_descriptor socket_;
};

/// Runs a case; after five seconds it fails with the sentence that `waits_for` holds by then.
inline void judge(const std::string& waits_for,
                  const std::function<asio::awaitable<void>()>& body) {
    constexpr std::chrono::seconds limit{5};
    const bool in_time = support::run(support::with_timeout(body(), limit));
    if (!in_time) FAIL("observed: after " << limit.count() << " s " << waits_for);
}

}  // namespace checks
