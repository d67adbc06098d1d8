// listens_as_told: a worker that listens where its primary's messages say. Whoever connects is told
// "worker ID", and held until he goes.
//   {"listen": {"port": 0, …}}  answered with {"port": N} or {"errno": N}
//   {"close": N}                closes the server of that port; answered with {"closed": N}
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <cluster_workshop/cluster.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "tests/06-cluster-lib/programs/worker_program.hpp"

using json = nlohmann::json;

namespace {

std::map<int, net::server*> servers;  // by port

net::listen_options options_from(const json& given) {
    net::listen_options result;
    result.address = given.value("address", "");
    result.port = given.value("port", std::uint16_t{0});
    result.path = given.value("path", "");
    if (given.contains("fd")) result.primary_fd = given["fd"].get<int>();
    result.only_ipv6 = given.value("only_ipv6", false);
    result.backlog = given.value("backlog", 0);
    result.exclusive = given.value("exclusive", false);
    result.most_connections = given.value("most_connections", SIZE_MAX);
    return result;
}

asio::awaitable<void> hold(net::connection connection, int id) {
    const std::string hello = "worker " + std::to_string(id) + "\n";
    co_await asio::async_write(connection.socket(), asio::buffer(hello), support::as_result);
    std::array<char, 64> bytes{};
    const auto buffer = asio::buffer(bytes);
    for (;;) {
        auto [error, size] =
            co_await connection.socket().async_read_some(buffer, support::as_result);
        if (error) break;
    }
}

asio::awaitable<void> listen(cluster::this_worker& self, json given) {
    const auto executor = co_await asio::this_coro::executor;
    std::optional<net::server> server;
    json answer;
    try {
        server = co_await self.listen(options_from(given));
        answer["port"] = server->port();
    } catch (const std::system_error& error) {
        answer["errno"] = error.code().value();
    }
    static_cast<void>(co_await self.send(answer));
    if (!server) co_return;
    const int port = server->port();
    servers[port] = &*server;
    const int id = self.id();
    while (auto connection = co_await server->accept()) {
        asio::co_spawn(executor, hold(std::move(*connection), id), support::rethrow);
    }
    servers.erase(port);
}

asio::awaitable<void> close(cluster::this_worker& self, int port) {
    servers.at(port)->close();
    const json answer{{"closed", port}};
    static_cast<void>(co_await self.send(answer));
}

asio::awaitable<void> work(cluster::this_worker& self) {
    const auto executor = co_await asio::this_coro::executor;
    self.on_message([&](const json& message, std::optional<child_process::handle>) {
        auto told = message.contains("listen") ? listen(self, message["listen"])
                                               : close(self, message["close"].get<int>());
        asio::co_spawn(executor, std::move(told), support::rethrow);
    });
    self.ready();
    co_await self.until_leaving();
}

}  // namespace

int main(int argc, char** argv) {
    return be_worker(argc, argv, work);
}
