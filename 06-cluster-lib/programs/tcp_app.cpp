// A server that knows nothing of clusters: it listens, says hello to whoever connects, and gives
// back what it is told. Alone it has the port for itself; as a worker, of run_cluster or of a real
// Node primary, it shares it.
//
// A Node primary starts its workers as `tcp_app SCRIPT ARGUMENT…`: words that are no flags are
// ignored.
//
// Exit codes: 0 stopped by a signal, or by its primary · 1 it failed · 2 wrong flags
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "06-cluster-lib/net.hpp"
#include "06-cluster-lib/programs/app_flags.hpp"
#include "support/log.hpp"

namespace {

asio::awaitable<void> talk(net::connection connection) {
    auto& stream = connection.socket();
    const std::string hello = "hello from " + std::to_string(::getpid()) + "\n";
    auto [error, size] =
        co_await asio::async_write(stream, asio::buffer(hello), support::as_result);
    std::array<char, 4096> bytes{};
    while (!error) {
        std::tie(error, size) =
            co_await stream.async_read_some(asio::buffer(bytes), support::as_result);
        if (error) break;
        std::tie(error, size) = co_await asio::async_write(stream, asio::buffer(bytes.data(), size),
                                                           support::as_result);
    }
}

asio::awaitable<void> serve(net::listen_options where) {
    const auto executor = co_await asio::this_coro::executor;
    const std::string path = where.path;
    net::server server = co_await net::listen(std::move(where));
    support::log() << "listening on " << place(server, path);
    for (;;) {
        auto connection = co_await server.accept();
        if (!connection) break;
        asio::co_spawn(executor, talk(std::move(*connection)), support::rethrow);
    }
}

}  // namespace

int main(int argc, char** argv) {
    app_flags given;
    given.port = 8124;
    support::flags flags("tcp_app", "Says hello, and repeats what it is told.");
    given.add_to(flags);
    if (const auto code = flags.parse(argc, given.without_script(argc, argv))) return *code;
    support::set_log_role("tcp_app");
    return net::run([&] { return serve(given.where()); });
}
