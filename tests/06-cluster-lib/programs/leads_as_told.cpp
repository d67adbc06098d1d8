// leads_as_told HOW: a cluster whose workers answer HTTP on any port, and throw when asked for
// /throw.
//   forks   its primary forks one worker, which ends at once, and returns
//   stays   its primary forks one worker, and returns
//   keeps   its primary keeps one worker running, and returns
//   throws  its primary throws
#include <cluster_workshop/cluster.hpp>
#include <string>

namespace {

asio::awaitable<void> lead(cluster::primary& cluster, const std::string& how) {
    cluster.on_listening([](cluster::worker&, const cluster::listening_address& where) {
        support::log() << "listens on port " << where.port;
    });
    cluster.on_exit([](cluster::worker& worker, child_process::exit_status) {
        support::log() << worker.report();
    });
    if (how == "throws") throw std::runtime_error("thrown in the primary");
    if (how == "keeps")
        cluster.keep_running(1);
    else
        cluster.fork();
    co_return;
}

asio::awaitable<void> work(cluster::this_worker& self, const std::string& how) {
    if (how == "forks") co_return;
    const auto answer = [](const support::http_request& request, support::http_reply& reply) {
        if (request.target() == "/throw") throw std::runtime_error("thrown in a handler");
        reply.text("hello\n");
    };
    support::http_server http(co_await asio::this_coro::executor, answer);
    net::server server = co_await self.listen(0);
    co_await net::serve_http(server, http);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string how = argc > 1 ? argv[1] : "";
    return cluster::run(
        argc, argv, [&](cluster::primary& cluster) { return lead(cluster, how); },
        [&](cluster::this_worker& self) { return work(self, how); });
}
