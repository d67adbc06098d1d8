// lives_as_told ARGUMENTS…: a worker whose life its primary's messages direct. It listens first, so
// that its listener for messages comes later than the first of them. When it leaves it says
// {"leaves": exited_after_disconnect}.
//   "report"      answered with who, where and with what it is
//   "disconnect", "kill", "suicide", "recycle", "throw", "throw later"
//   {"exit": N}   ends at once
//   another       is sent back
// A connection is held until its client goes. With BODY_THROWS in the environment its body throws.
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <cluster_workshop/cluster.hpp>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/06-cluster-lib/programs/worker_program.hpp"

using json = nlohmann::json;
using child_process::handle;

namespace {

std::vector<std::string> arguments;

asio::awaitable<void> hold(net::connection connection) {
    std::array<char, 64> bytes{};
    const auto buffer = asio::buffer(bytes);
    co_await connection.socket().async_read_some(buffer, support::as_result);
}

asio::awaitable<void> serve(net::server server) {
    const auto executor = co_await asio::this_coro::executor;
    while (auto connection = co_await server.accept()) {
        asio::co_spawn(executor, hold(std::move(*connection)), support::rethrow);
    }
}

json report(const cluster::this_worker& self) {
    json env = child_process::current_environment();
    return {{"id", self.id()},
            {"cwd", std::filesystem::current_path().string()},
            {"uid", ::getuid()},
            {"gid", ::getgid()},
            {"arguments", arguments},
            {"env", std::move(env)},
            {"worker", cluster::is_worker() && !cluster::is_primary()},
            {"connected", self.is_connected()},
            {"stays", !self.exited_after_disconnect().has_value()}};
}

void obey(cluster::this_worker& self, const asio::any_io_executor& executor, const json& message) {
    if (message == "disconnect") return self.disconnect();
    if (message == "kill") return self.kill();
    if (message == "suicide") return self.suicide("told to");
    if (message == "recycle") return self.recycle("told to");
    if (message == "throw") throw std::runtime_error("thrown in a listener");
    if (message == "throw later") {
        return asio::post(executor, [] { throw std::runtime_error("thrown in a handler"); });
    }
    if (message.contains("exit")) ::_exit(message["exit"].get<int>());
    auto send = [](cluster::this_worker& from, json what) -> asio::awaitable<void> {
        static_cast<void>(co_await from.send(what));
    };
    json answer = message == "report" ? report(self) : message;
    asio::co_spawn(executor, send(self, std::move(answer)), support::rethrow);
}

asio::awaitable<void> live(cluster::this_worker& self) {
    const auto executor = co_await asio::this_coro::executor;
    asio::co_spawn(executor, serve(co_await self.listen(0)), support::rethrow);
    std::cout << "this is its output" << std::endl;
    std::cerr << "these are its errors" << std::endl;
    if (::getenv("BODY_THROWS") != nullptr) throw std::runtime_error("thrown in the body");
    self.on_message([&](const json& message, std::optional<handle> passed) {
        if (!passed) return obey(self, executor, message);
        const std::string text = message.get<std::string>();
        static_cast<void>(::write(passed->fd(), text.data(), text.size()));
    });
    co_await self.until_leaving();
    const json last{{"leaves", self.exited_after_disconnect().value()}};
    static_cast<void>(co_await self.send(last));
}

}  // namespace

int main(int argc, char** argv) {
    arguments.assign(argv + 1, argv + argc);
    return be_worker(argc, argv, live);
}
