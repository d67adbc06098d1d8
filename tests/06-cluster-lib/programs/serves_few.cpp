// A worker that has one connection at a time, and takes a moment for its answer: all further ones
// that its primary passes are refused.
#include "06-cluster-lib/net.hpp"
#include "06-cluster-lib/serve_http.hpp"

namespace {

asio::awaitable<support::http_response> answer() {
    asio::steady_timer moment(co_await asio::this_coro::executor, std::chrono::milliseconds(100));
    co_await moment.async_wait(support::as_result);
    support::http_response response;
    response.text("at last\n");
    co_return response;
}

asio::awaitable<void> serve() {
    support::http_server http(
        co_await asio::this_coro::executor,
        [](const support::http_request&, support::http_reply& reply) { reply.later(answer()); });
    net::listen_options where;
    where.address = "127.0.0.1";
    where.most_connections = 1;
    net::server server = co_await net::listen(where);
    co_await net::serve_http(server, http);
}

}  // namespace

int main() {
    return net::run(serve);
}
