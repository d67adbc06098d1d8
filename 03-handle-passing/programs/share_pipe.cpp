// Sends a child one end of a private line, a connected unix socket, and talks with it there: beside
// the channel, in plain bytes. The same program is parent and child; a process that was started
// with a channel is a child.
//
// Exit codes: 0 all said, or ended by a signal · 1 it failed · 2 wrong flags
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "02-fork-ipc/fork.hpp"
#include "03-handle-passing/handle_channel.hpp"
#include "support/flags.hpp"
#include "support/log.hpp"
#include "support/sockets.hpp"

using namespace child_process;

namespace {

struct settings {
    int lines = 3;
    std::string child = support::sibling_program("share_pipe");
    std::vector<std::string> arguments;  // of the child
};

/// One end of the line, which carries lines.
class telephone {
  public:
    telephone(const asio::any_io_executor& executor, support::unique_fd end)
        : socket_(executor, end.release()) {}

    asio::awaitable<void> say(std::string line) {
        line += '\n';
        const auto [ec, size] =
            co_await asio::async_write(socket_, asio::buffer(line), support::as_result);
        support::check("write", ec);
    }

    /// The next line; empty text when the other side has hung up.
    asio::awaitable<std::string> hear() {
        auto buffer = asio::dynamic_buffer(heard_);
        const auto [ec, size] =
            co_await asio::async_read_until(socket_, buffer, '\n', support::as_result);
        if (ec) co_return "";
        std::string line = heard_.substr(0, size - 1);
        heard_.erase(0, size);
        co_return line;
    }

  private:
    asio::posix::stream_descriptor socket_;
    std::string heard_;
};

asio::awaitable<int> be_child(support::unique_fd channel_end) {
    const auto executor = co_await asio::this_coro::executor;
    handle_channel parent(executor, std::move(channel_end));
    auto first = co_await parent.receive();
    if (!first || !first->passed || first->passed->kind() != handle_kind::pipe) co_return 1;
    telephone line(executor, std::move(*first->passed).release());
    for (;;) {
        const std::string heard = co_await line.hear();
        if (heard.empty()) break;
        co_await line.say("child, pid is " + std::to_string(::getpid()) + ", heard: " + heard);
    }
    co_return 0;
}

asio::awaitable<int> be_parent(settings given) {
    const auto executor = co_await asio::this_coro::executor;
    forked started = fork(executor, given.child, given.arguments);
    handle_channel channel(executor, std::move(started.channel_end));
    auto [ours, theirs] = support::make_socket_pair();
    handle passed(std::move(theirs));
    if (co_await channel.send("pipe", std::move(passed)) != delivery::arrived) co_return 1;
    support::log() << "child " << started.process.pid() << " has its end of the line";
    {
        telephone line(executor, std::move(ours));
        for (int n = 1; n <= given.lines; ++n) {
            co_await line.say("line " + std::to_string(n));
            const std::string heard = co_await line.hear();
            if (heard.empty()) throw std::runtime_error("the child has hung up");
            support::log() << heard;
        }
    }  // hangs up
    co_await channel.disconnect();
    const exit_status status = co_await started.process.wait();
    support::log() << "child ended: " << status;
    co_return status.success() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("share_pipe", "Talks with a child on a unix socket that it passes to it.");
    flags.add("lines", given.lines, "how many lines to say");
    flags.add("child", given.child, "the program that answers; its arguments follow the flags");
    flags.rest(given.arguments, "[CHILD'S ARGUMENT...]");
    if (const auto code = flags.parse(argc, argv)) return *code;
    auto channel_end = inherited_channel();
    support::set_log_role(channel_end ? "child" : "parent");
    return support::run_program([&] {
        return channel_end ? be_child(std::move(*channel_end)) : be_parent(std::move(given));
    });
}
