// Opens a UDP port and lets its children answer: each gets the socket itself. The same program is
// parent and child; a process that was started with a channel is a child.
//
// Exit codes: 0 all asked, or ended by a signal · 1 it failed, or nobody answered · 2 wrong flags
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <list>

#include "02-fork-ipc/fork.hpp"
#include "03-handle-passing/handle_channel.hpp"
#include "support/flags.hpp"
#include "support/log.hpp"
#include "support/sockets.hpp"
#include "support/timeout.hpp"

using namespace child_process;
using asio::ip::udp;

namespace {

struct settings {
    std::uint16_t port = support::default_port();
    int children = 2;
    int datagrams = 4;
    std::string child = support::sibling_program("share_udp");
    std::vector<std::string> arguments;  // of the child
};

struct member {
    member(const asio::any_io_executor& executor, forked started)
        : process(std::move(started.process)), channel(executor, std::move(started.channel_end)) {}
    child process;
    handle_channel channel;
};

asio::awaitable<void> answer(support::unique_fd fd) {
    udp::socket socket(co_await asio::this_coro::executor, udp::v4(), fd.release());
    const std::string reply = "handled by child, pid is " + std::to_string(::getpid());
    std::array<char, 1500> datagram{};
    for (;;) {
        udp::endpoint asker;
        auto room = asio::buffer(datagram);
        const auto [ec, size] = co_await socket.async_receive_from(room, asker, support::as_result);
        if (ec == asio::error::operation_aborted) co_return;
        if (!ec) co_await socket.async_send_to(asio::buffer(reply), asker, support::as_result);
    }
}

asio::awaitable<int> be_child(support::unique_fd channel_end) {
    handle_channel parent(co_await asio::this_coro::executor, std::move(channel_end));
    auto first = co_await parent.receive();
    if (!first || !first->passed || first->passed->kind() != handle_kind::datagram) co_return 1;
    using namespace asio::experimental::awaitable_operators;
    // The channel's end is the sign to leave.
    co_await (answer(std::move(*first->passed).release()) || parent.receive());
    co_return 0;
}

/// One question, asked again until it is answered: a datagram may get lost.
asio::awaitable<std::string> ask(udp::socket& socket, const udp::endpoint& where) {
    const std::string question = "who is there?";
    std::array<char, 1500> reply{};
    for (int attempt = 0; attempt < 10; ++attempt) {
        co_await socket.async_send_to(asio::buffer(question), where, support::as_result);
        auto room = asio::buffer(reply);
        const auto got = co_await support::with_timeout(
            socket.async_receive(room, asio::use_awaitable), std::chrono::seconds(1));
        if (got) co_return std::string(reply.data(), *got);
    }
    throw std::runtime_error("nobody answers");
}

/// Sends the socket to every child. Ours closes when this ends.
asio::awaitable<void> hand_out(handle shared, std::list<member>& children) {
    for (auto& one : children) {
        if (co_await one.channel.send("udp", shared.duplicate()) != delivery::arrived) {
            throw std::runtime_error("a child did not get the socket");
        }
        support::log() << "child " << one.process.pid() << " has the socket";
    }
}

asio::awaitable<int> be_parent(settings given) {
    const auto executor = co_await asio::this_coro::executor;
    handle shared(support::bind_udp("127.0.0.1", given.port));
    const std::uint16_t port = support::local_port(shared.fd());
    support::log() << "UDP port " << port << " is open";
    std::list<member> children;
    for (int n = 0; n < given.children; ++n) {
        children.emplace_back(executor, fork(executor, given.child, given.arguments));
    }
    co_await hand_out(std::move(shared), children);
    support::log() << "closed its own copy; the children go on";

    udp::socket client(executor, udp::endpoint(udp::v4(), 0));
    const udp::endpoint where(asio::ip::address_v4::loopback(), port);
    for (int n = 0; n < given.datagrams; ++n) {
        support::log() << "asked, was answered: " << co_await ask(client, where);
    }
    if (given.datagrams == 0) co_await support::until_signal();
    for (auto& one : children) co_await one.channel.disconnect();
    for (auto& one : children) co_await one.process.wait();
    co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("share_udp", "Opens a UDP port and lets its children answer on it.");
    flags.add("port", given.port, "port to open; 0 picks a free one");
    flags.add("children", given.children, "how many children");
    flags.add("datagrams", given.datagrams, "ask so many times, then end; 0 waits for Ctrl-C");
    flags.add("child", given.child, "the program that answers; its arguments follow the flags");
    flags.rest(given.arguments, "[CHILD'S ARGUMENT...]");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (given.children < 1) return flags.wrong("--children must be at least 1");
    auto channel_end = inherited_channel();
    support::set_log_role(channel_end ? "child" : "parent");
    return support::run_program([&] {
        return channel_end ? be_child(std::move(*channel_end)) : be_parent(std::move(given));
    });
}
