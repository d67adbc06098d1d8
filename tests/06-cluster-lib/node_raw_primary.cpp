#include "tests/06-cluster-lib/node_raw_primary.hpp"

#include <sys/socket.h>

#include <array>

#include "03-handle-passing/fd_passing.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "tests/catch.hpp"
#include "tests/text.hpp"

namespace tests {
namespace {

child_process::forked start(const asio::any_io_executor& executor) {
    using child_process::stdio;
    child_process::spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::ignore(), stdio::inherit()};
    options.env = child_process::current_environment();
    options.env->insert_or_assign("NODE_UNIQUE_ID", "1");
    const std::string app = stage_program("06-cluster-lib", "tcp_app");
    return child_process::fork(executor, app, {"--port", "0"}, options);
}

}  // namespace

std::string enveloped(const std::string& type, const json& message) {
    return R"({"cmd":"NODE_HANDLE","type":")" + type + R"(","msg":)" + message.dump() + "}";
}

json offer(int seq) {
    return {{"cmd", "NODE_CLUSTER"}, {"act", "newconn"}, {"key", "the key"}, {"seq", seq}};
}

raw_primary::raw_primary(const asio::any_io_executor& executor)
    : worker_(start(executor)), channel_(executor, worker_.channel_end.release()) {
    support::set_nonblocking(channel_.native_handle());
}

// A worker that has gone already hears nothing: that is seen later.
void raw_primary::say(const std::string& line) {
    const std::string bytes = line + "\n";
    static_cast<void>(::send(channel_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

void raw_primary::say_with(const std::string& line, int fd, int times) {
    const int to = channel_.native_handle();
    for (int n = 1; n < times; ++n) {
        CHECK(child_process::send_with_descriptor(to, " ", fd) == 1);
    }
    static_cast<void>(child_process::send_with_descriptor(to, line + "\n", fd));
}

asio::awaitable<json> raw_primary::hear() {
    for (std::array<char, 4096> room{}; heard_.find('\n') == heard_.npos;) {
        co_await channel_.async_wait(asio::posix::stream_descriptor::wait_read, support::as_result);
        const auto count = ::recv(channel_.native_handle(), room.data(), room.size(), 0);
        if (count <= 0) co_return nullptr;
        heard_.append(room.data(), static_cast<std::size_t>(count));
    }
    const auto end = heard_.find('\n');
    const json message = json::parse(heard_.substr(0, end));
    heard_.erase(0, end + 1);
    co_return message;
}

asio::awaitable<json> raw_primary::hear_until(std::string field, json value) {
    json message;
    do {
        message = co_await hear();
    } while (!message.is_null() && message.value(field, json()) != value);
    co_return message;
}

asio::awaitable<void> raw_primary::let_it_listen(json data) {
    const json asked = co_await hear_until("act", "queryServer");
    REQUIRE(asked.is_object());
    const json reply = {{"cmd", "NODE_CLUSTER"}, {"ack", asked["seq"]}, {"errno", nullptr},
                        {"key", "the key"},      {"data", data},        {"seq", 0}};
    say(reply.dump());
    const json listens = co_await hear_until("act", "listening");
    REQUIRE(listens.is_object());
}

asio::awaitable<std::string> raw_primary::outcome() {
    const auto listening = support::listen_tcp("127.0.0.1", 0);
    const unique_fd client(connect_to(support::local_port(listening.get())));
    unique_fd passed(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
    say_with(enveloped("net.Native", offer(1000)), passed.get());
    passed.reset();
    const json answer = co_await hear_until("ack", 1000);
    std::string serves;
    if (!answer.is_null()) {
        CHECK(answer["accepted"] == true);
        const timeval limit{patience.count(), 0};
        ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        std::array<char, 5> hello{};
        CHECK(::recv(client.get(), hello.data(), hello.size(), MSG_WAITALL) == 5);
        serves = "serves, ";
    }
    channel_.close();
    ::shutdown(client.get(), SHUT_RDWR);
    const std::string how = co_await end();
    co_return serves + how;
}

asio::awaitable<std::string> raw_primary::end() {
    const auto status = co_await worker_.process.wait();
    co_return printed(status);
}

}  // namespace tests
