// An outbox in front of a real socket whose write(2) the check answers itself.
#pragma once

#include <functional>
#include <utility>

#include "02-fork-ipc/outbox.hpp"
#include "exercises/02/checks/peers.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/turns.hpp"

namespace kit {

/// The socket itself is always writable unless the check fills it.
struct answered {
    explicit answered(const asio::any_io_executor& executor,
                      support::socket_pair pair = support::make_socket_pair())
        : socket(executor, pair.first.release()),
          peer(std::move(pair.second)),
          out(socket, [this](std::string_view bytes) {
              ++writes;
              return answer(bytes);
          }) {
        support::set_nonblocking(socket.native_handle());
        support::set_nonblocking(peer.get());
    }

    asio::posix::stream_descriptor socket;
    support::unique_fd peer;
    std::function<ssize_t(std::string_view)> answer;
    int writes = 0;
    child_process::outbox out;
};

inline ssize_t failed(int error) {
    errno = error;
    return -1;
}

/// Waits until fewer than `limit` bytes are queued, and says that it is so.
inline asio::awaitable<void> tell_below(child_process::outbox& out, std::size_t limit,
                                        bool& woken) {
    co_await out.until_below(limit);
    woken = true;
}

}  // namespace kit
