// binds_as_told: a worker that binds UDP sockets where its primary's messages say, and answers each
// datagram with "worker ID".
//   {"port": 0, …}  answered with {"port": N} or {"errno": N}
#include <array>
#include <boost/asio/buffer.hpp>
#include <cluster_workshop/cluster.hpp>
#include <nlohmann/json.hpp>

#include "tests/06-cluster-lib/programs/worker_program.hpp"

using json = nlohmann::json;
using asio::ip::udp;

namespace {

asio::awaitable<void> answer_datagrams(udp::socket socket, int id) {
    const std::string hello = "worker " + std::to_string(id);
    std::array<char, 64> bytes{};
    const auto buffer = asio::buffer(bytes);
    udp::endpoint from;
    for (;;) {
        auto [error, size] = co_await socket.async_receive_from(buffer, from, support::as_result);
        if (error) break;
        co_await socket.async_send_to(asio::buffer(hello), from, support::as_result);
    }
}

asio::awaitable<void> bind(cluster::this_worker& self, json given) {
    const auto executor = co_await asio::this_coro::executor;
    net::bind_options options;
    options.address = given.value("address", "");
    options.port = given.value("port", std::uint16_t{0});
    options.only_ipv6 = given.value("only_ipv6", false);
    options.share_address = given.value("share_address", false);
    options.exclusive = given.value("exclusive", false);
    json answer;
    try {
        udp::socket socket = co_await self.bind_udp(options);
        answer["port"] = socket.local_endpoint().port();
        asio::co_spawn(executor, answer_datagrams(std::move(socket), self.id()), asio::detached);
    } catch (const std::system_error& error) {
        answer["errno"] = error.code().value();
    }
    static_cast<void>(co_await self.send(answer));
}

asio::awaitable<void> work(cluster::this_worker& self) {
    const auto executor = co_await asio::this_coro::executor;
    self.on_message([&](const json& message, std::optional<child_process::handle>) {
        asio::co_spawn(executor, bind(self, message), support::rethrow);
    });
    self.ready();
    co_await self.until_leaving();
}

}  // namespace

int main(int argc, char** argv) {
    return be_worker(argc, argv, work);
}
