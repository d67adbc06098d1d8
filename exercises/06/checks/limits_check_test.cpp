// How many connections a server takes, and which of those that nobody has accepted yet.
#include "exercises/06/checks/asked_primary.hpp"
#include "tests/turns.hpp"

using namespace kit_06;

namespace {

net::listen_options one_at_a_time() {
    net::listen_options result = at_port("127.0.0.1", 0);
    result.most_connections = 1;
    return result;
}

asio::awaitable<net::server> listening_server(net::listen_options where) {
    auto listens = co_await listen_so(std::move(where));
    if (!listens.server) FAIL("observed: listen came to " << listens.words);
    co_return std::move(*listens.server);
}

}  // namespace

TEST_CASE("06: no more connections are open than a server may have", "[kit]") {
    on_stage<asked_primary>([](asked_primary& primary) -> asio::awaitable<void> {
        net::server server = co_await listening_server(one_at_a_time());
        std::vector<unique_fd> clients;
        const auto pass = [&](char letter) -> asio::awaitable<std::string> {
            clients.push_back(primary.pass(letter));
            co_await primary.until_answered(clients.size());
            co_return primary.answers.back();
        };
        std::string answer = co_await pass('a');
        expect("of one at a time, connection a is passed", answer, "taken");
        answer = co_await pass('b');
        expect("a waits for accept, b is passed", answer, "refused");
        {
            const auto first = co_await support::with_timeout(server.accept(), soon);
            answer = co_await pass('c');
            expect("a was accepted and is open, c is passed", answer, "refused");
        }
        answer = co_await pass('d');
        expect("a is closed, d is passed", answer, "taken");
    });
    tests::run([]() -> asio::awaitable<void> {
        net::server server = co_await listening_server(one_at_a_time());
        const unique_fd a = client_of(server.port(), 'a');
        const unique_fd b = client_of(server.port(), 'b');
        auto first = co_await support::with_timeout(server.accept(), soon);
        bool closed = false;
        const auto close_first = [&]() -> asio::awaitable<void> {
            co_await tests::settle();
            closed = true;
            first.reset();
        };
        asio::co_spawn(co_await asio::this_coro::executor, close_first(), support::rethrow);
        const std::string second = co_await next_of(server);
        const bool early = !closed;
        co_await tests::until([&] { return closed; });
        if (early)
            FAIL("observed: alone, of one at a time, " << second << " came while a was open");
        expect("alone, of one at a time, a is closed; the next one", second, "b");
    });
}

TEST_CASE("06: what waits in the kernel is answered, unless others have the socket", "[kit]") {
    tests::run([]() -> asio::awaitable<void> {
        net::server server = co_await listening_server(at_port("127.0.0.1", 0));
        const unique_fd a = client_of(server.port(), 'a');
        const unique_fd b = client_of(server.port(), 'b');
        net::membership::of(co_await asio::this_coro::executor).leave();
        std::string came;
        for (int n = 0; n < 3; ++n) {
            if (n > 0) came += ", ";
            came += co_await next_of(server);
        }
        expect("alone, a and b have connected, and the process shall end; accept", came,
               "a, b, the end");
    });
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        net::server server = co_await listening_server(at_port("127.0.0.1", 0));
        std::string came;
        support::async_condition news(executor);
        const auto waiting = [&]() -> asio::awaitable<void> {
            came = co_await next_of(server);
            news.notify_all();
        };
        asio::co_spawn(executor, waiting(), support::rethrow);
        co_await tests::settle();
        const unique_fd a = client_of(server.port(), 'a');
        net::membership::of(executor).leave();
        while (came.empty()) co_await news.wait();
        expect("alone, accept waits; a connects, and at once the process shall end; accept", came,
               "a");
    });
    on_stage<asked_primary>([](asked_primary& primary) -> asio::awaitable<void> {
        const unique_fd held = support::listen_tcp("127.0.0.1", 0);
        const std::uint16_t port = support::local_port(held.get());
        primary.answer = [&](const auto& question) { primary.grant(question, held); };
        net::server server = co_await listening_server(at_port("127.0.0.1", port));
        const unique_fd client = client_of(port, 'c');
        primary.disconnect();
        co_await primary.until_leaving(server);
        const std::string came = co_await next_of(server);
        expect("c has connected to a shared socket, and this worker shall leave; accept", came,
               "the end");
        const unique_fd left(::accept4(held.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        expect("whom another worker finds in that socket", left ? letter_of(left.get()) : "nobody",
               "c");
    });
}
