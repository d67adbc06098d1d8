// An HTTP server that knows nothing of clusters: see tcp_app.cpp. Answers every request with its
// pid.
//
// Exit codes: 0 stopped by a signal, or by its primary · 1 it failed · 2 wrong flags
#include <unistd.h>

#include <utility>

#include "06-cluster-lib/net.hpp"
#include "06-cluster-lib/programs/app_flags.hpp"
#include "06-cluster-lib/serve_http.hpp"
#include "support/log.hpp"

namespace {

asio::awaitable<void> serve(net::listen_options where) {
    const std::string answer = std::to_string(::getpid()) + "\n";
    support::http_server http(
        co_await asio::this_coro::executor,
        [&](const support::http_request&, support::http_reply& reply) { reply.text(answer); });
    const std::string path = where.path;
    net::server server = co_await net::listen(std::move(where));
    support::log() << "listening on " << place(server, path);
    co_await net::serve_http(server, http);
}

}  // namespace

int main(int argc, char** argv) {
    app_flags given;
    support::flags flags("http_app", "Answers HTTP with its pid.");
    given.add_to(flags);
    if (const auto code = flags.parse(argc, given.without_script(argc, argv))) return *code;
    support::set_log_role("http_app");
    return net::run([&] { return serve(given.where()); });
}
