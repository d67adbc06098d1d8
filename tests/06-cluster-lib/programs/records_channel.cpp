// Sits on the channel between a primary and a worker, of which one is Node and one is ours: starts
// RECORD_PROGRAM as the worker, with its own arguments, passes every line and descriptor on, and
// checks what RECORD_OURS ("primary" or "worker") says by the rules that a Node peer depends on.
// In the folder RECORD_INTO a file tells what was counted, and "broken: …" for each broken rule.
#include <unistd.h>

#include <array>
#include <fstream>

#include "02-fork-ipc/fork.hpp"
#include "03-handle-passing/fd_passing.hpp"
#include "support/syscall.hpp"
#include "tests/06-cluster-lib/programs/channel_rules.hpp"

namespace {

using support::unique_fd;
using watched = asio::posix::stream_descriptor;

asio::awaitable<void> ready(watched& socket, watched::wait_type what) {
    co_await socket.async_wait(what, support::as_result);
}

asio::awaitable<bool> forward(watched& to, char byte, const std::deque<unique_fd>& descriptors) {
    const std::string_view bytes(&byte, 1);
    for (;;) {
        const int fd = to.native_handle();
        const auto count = descriptors.empty() ? ::send(fd, bytes.data(), 1, MSG_NOSIGNAL)
                                               : child_process::send_with_descriptor(
                                                     fd, bytes, descriptors.front().get());
        if (count == 1) co_return true;
        if (errno != EAGAIN) co_return false;
        co_await ready(to, watched::wait_write);
    }
}

// One byte at a time: the kernel tells with which read a descriptor came, not with which byte.
asio::awaitable<void> carry(bool ours, int from_fd, int to_fd, channel_rules& rules) {
    const auto executor = co_await asio::this_coro::executor;
    watched from(executor, support::duplicate(from_fd).release());
    watched to(executor, support::duplicate(to_fd).release());
    channel_line line{ours, {}, {}, {}};
    for (;;) {
        std::array<char, 1> byte{};
        std::deque<unique_fd> arrived;
        const auto count =
            child_process::receive_with_descriptors(from.native_handle(), byte, arrived);
        if (count < 0 && errno == EAGAIN) {
            co_await ready(from, watched::wait_read);
            continue;
        }
        if (count <= 0) break;
        for (const unique_fd& fd : arrived) line.add_descriptor(fd.get());
        if (byte[0] == '\n') {
            rules.take(line);
            line = {ours, {}, {}, {}};
        } else {
            line.text += byte[0];
        }
        if (!co_await forward(to, byte[0], arrived)) break;
    }
    ::shutdown(to.native_handle(), SHUT_WR);
}

asio::awaitable<int> record(std::vector<std::string> arguments, channel_rules& rules) {
    const auto executor = co_await asio::this_coro::executor;
    const std::string ours = ::getenv("RECORD_OURS");
    auto above = child_process::inherited_channel();
    child_process::forked below =
        child_process::fork(executor, ::getenv("RECORD_PROGRAM"), arguments);
    const int up = above->get();
    const int down = below.channel_end.get();
    support::set_nonblocking(up);
    support::set_nonblocking(down);
    asio::co_spawn(executor, carry(ours == "primary", up, down, rules), asio::detached);
    co_await carry(ours == "worker", down, up, rules);
    const auto status = co_await below.process.wait();
    co_return status.code().value_or(1);
}

}  // namespace

int main(int argc, char** argv) {
    static_cast<void>(std::signal(SIGTERM, SIG_IGN));  // the worker is told by its channel
    const std::string file =
        std::string(::getenv("RECORD_INTO")) + "/" + std::to_string(::getpid());
    channel_rules rules;
    asio::io_context io(1);
    int code = 1;
    asio::co_spawn(io, record({argv + 1, argv + argc}, rules), [&](std::exception_ptr, int result) {
        code = result;
        io.stop();
    });
    io.run();
    std::ofstream(file + ".new") << rules.report();
    return std::rename((file + ".new").c_str(), file.c_str()) == 0 ? code : 1;
}
