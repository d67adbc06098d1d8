#include "tests/03-handle-passing/wire.hpp"

#include <set>

#include "02-fork-ipc/fork.hpp"

namespace tests {
namespace {

using child_process::stdio;

int type_of(int fd) {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 ? type : 0;
}

asio::awaitable<void> ready(asio::posix::stream_descriptor& socket,
                            asio::posix::stream_descriptor::wait_type what) {
    co_await socket.async_wait(what, support::as_result);
}

// Sends one byte with the descriptors that came with it.
asio::awaitable<bool> forward(asio::posix::stream_descriptor& to, char byte,
                              const std::deque<unique_fd>& descriptors) {
    const std::string_view bytes(&byte, 1);
    REQUIRE(descriptors.size() <= 1);
    for (;;) {
        const int fd = to.native_handle();
        const auto count = descriptors.empty() ? ::send(fd, bytes.data(), 1, MSG_NOSIGNAL)
                                               : child_process::send_with_descriptor(
                                                     fd, bytes, descriptors[0].get());
        if (count == 1) co_return true;
        if (errno != EAGAIN) co_return false;
        co_await ready(to, asio::posix::stream_descriptor::wait_write);
    }
}

// The end of the channel that the program hands over, received through `line`.
asio::awaitable<unique_fd> handed_over(int line) {
    const auto executor = co_await asio::this_coro::executor;
    asio::posix::stream_descriptor socket(executor, support::duplicate(line).release());
    co_await ready(socket, asio::posix::stream_descriptor::wait_read);
    std::array<char, 1> byte{};
    std::deque<unique_fd> arrived;
    REQUIRE(child_process::receive_with_descriptors(line, byte, arrived) == 1);
    REQUIRE(arrived.size() == 1);
    co_return std::move(arrived[0]);
}

std::string cmd_of(const std::string& line) {
    const json message = json::parse(line);
    const bool named = message.is_object() && message.contains("cmd") && message["cmd"].is_string();
    return named ? message["cmd"].get<std::string>() : "";
}

}  // namespace

void wire_tap::start(const asio::any_io_executor& executor, unique_fd us, unique_fd them) {
    running_ = 2;
    asio::co_spawn(executor,
                   carry(true, support::duplicate(us.get()), support::duplicate(them.get())),
                   asio::detached);
    asio::co_spawn(executor, carry(false, std::move(them), std::move(us)), asio::detached);
}

// One byte at a time: the kernel tells with which read a descriptor came, not with which byte.
asio::awaitable<void> wire_tap::carry(bool ours, unique_fd from_fd, unique_fd to_fd) {
    const auto executor = co_await asio::this_coro::executor;
    asio::posix::stream_descriptor from(executor, from_fd.release());
    asio::posix::stream_descriptor to(executor, to_fd.release());
    support::set_nonblocking(from.native_handle());
    support::set_nonblocking(to.native_handle());
    line current{ours, {}, {}, {}};
    for (;;) {
        std::array<char, 1> byte{};
        std::deque<unique_fd> arrived;
        const auto count =
            child_process::receive_with_descriptors(from.native_handle(), byte, arrived);
        if (count < 0 && errno == EAGAIN) {
            co_await ready(from, asio::posix::stream_descriptor::wait_read);
            continue;
        }
        if (count <= 0) break;
        for (const unique_fd& fd : arrived) {
            current.descriptors_at.push_back(current.text.size());
            current.types.push_back(type_of(fd.get()));
        }
        if (byte[0] == '\n') {
            lines_.push_back(current);
            current = {ours, {}, {}, {}};
        } else {
            current.text += byte[0];
        }
        if (!co_await forward(to, byte[0], arrived)) break;
    }
    ::shutdown(to.native_handle(), SHUT_WR);
    --running_;
}

void wire_tap::check_harmless() const {
    const std::set<std::string> types = {"net.Server", "net.Socket", "net.Native", "dgram.Socket",
                                         "dgram.Native"};
    std::string passed;
    for (const line& one : lines_) passed += (one.ours ? "> " : "< ") + one.text + "\n";
    CAPTURE(passed);
    bool they_owe = false;  // an answer to a handle of ours
    std::size_t we_owe = 0;
    for (const line& one : lines_) {
        REQUIRE_FALSE(one.text.empty());
        const std::string cmd = cmd_of(one.text);  // fails for what is not JSON
        const bool answer = cmd == "NODE_HANDLE_ACK" || cmd == "NODE_HANDLE_NACK";
        if (!one.ours) {
            if (cmd == "NODE_HANDLE") ++we_owe;
            if (answer) they_owe = false;
            continue;
        }
        if (answer) {
            CHECK(we_owe > 0);
            --we_owe;
        } else if (cmd != "NODE_SOCKET_COUNT" && cmd != "NODE_SOCKET_ALL_CLOSED") {
            CHECK_FALSE(they_owe);
        }
        if (cmd == "NODE_HANDLE") {
            they_owe = true;
            CHECK(one.descriptors_at == std::vector<std::size_t>{0});
            CHECK(types.count(json::parse(one.text)["type"].get<std::string>()) == 1);
        } else {
            CHECK(one.descriptors_at.empty());
        }
        for (const int type : one.types) CHECK((type == SOCK_STREAM || type == SOCK_DGRAM));
    }
    CHECK(we_owe == 0);
}

asio::awaitable<void> node_peer::start(node_as role) {
    const auto executor = co_await asio::this_coro::executor;
    const std::string script = source_file("tests/03-handle-passing/node/peer.js");
    auto [ours, theirs] = support::make_socket_pair();
    if (role == node_as::child) {
        child_process::forked started = child_process::fork(executor, "node", {script});
        process_.emplace(std::move(started.process));
        tap_.start(executor, std::move(theirs), std::move(started.channel_end));
    } else {
        auto line = support::make_socket_pair();
        child_process::spawn_options options;
        options.descriptors = {stdio::inherit(), stdio::inherit(), stdio::inherit(),
                               stdio::descriptor(line.second.get())};
        const std::vector<std::string> arguments = {script, program("hands_over_its_channel")};
        process_.emplace(child_process::spawn(executor, "node", arguments, options));
        line.second.reset();
        line_ = std::move(line.first);
        unique_fd end = co_await handed_over(line_.get());
        tap_.start(executor, std::move(theirs), std::move(end));
    }
    channel_.emplace(executor, std::move(ours));
    const auto first = co_await channel_->receive();
    REQUIRE(first);
    REQUIRE(first->message == json::parse(R"("ready")"));
}

asio::awaitable<void> node_peer::end() {
    co_await channel_->disconnect();
    // Only then: a Node parent whose child has ended does not stay for what is still on the wire.
    co_await until([this] { return tap_.ended(); });
    line_.reset();
    const auto status = co_await process_->wait();
    CHECK(status.success());
    tap_.check_harmless();
}

void with_node(const std::function<asio::awaitable<void>(node_peer&)>& test) {
    if (!node_is_here()) return;
    for (const node_as role : {node_as::child, node_as::parent}) {
        INFO("Node is the " << (role == node_as::child ? "child" : "parent"));
        run([&]() -> asio::awaitable<void> {
            node_peer node;
            co_await node.start(role);
            co_await test(node);
            co_await node.end();
        });
    }
}

}  // namespace tests
