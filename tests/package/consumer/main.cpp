// A program of somebody else's: a cluster of two workers that answer one request and end.
#include <cluster_workshop/cluster.hpp>

namespace {

using namespace std::chrono_literals;

asio::awaitable<void> lead(cluster::primary& cluster) {
    cluster.on_listening([](cluster::worker&, const cluster::listening_address& where) {
        support::log() << "listening on port " << where.port;
    });
    cluster.keep_running(2);
    co_await cluster.until_signal();
    co_await cluster.disconnect(10s);
}

asio::awaitable<void> work(cluster::this_worker& self) {
    support::http_server http(
        co_await asio::this_coro::executor,
        [](const support::http_request&, support::http_reply& reply) { reply.text("hello\n"); });
    cluster::server server = co_await self.listen(0);
    co_await net::serve_http(server, http);
}

}  // namespace

int main(int argc, char** argv) {
    return cluster::run(argc, argv, lead, work);
}
