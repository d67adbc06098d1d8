// One call with two meanings: what a process asks its primary, and what it makes of the answer.
#include <cerrno>
#include <filesystem>

#include "exercises/06/checks/asked_primary.hpp"

using namespace kit_06;

namespace {

std::string count_of(std::size_t number, const std::string& what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string questions_and_sockets(const asked_primary& primary, int sockets_before) {
    return count_of(primary.questions.size(), "question") + " to the primary, " +
           count_of(static_cast<std::size_t>(listening_sockets() - sockets_before),
                    "listening socket") +
           " of its own";
}

}  // namespace

TEST_CASE("06: a worker asks for its port, and who is alone binds it", "[kit]") {
    const std::string asked = "1 question to the primary, 0 listening sockets of its own";
    const std::string both = "1 question to the primary, 1 listening socket of its own";
    on_stage<asked_primary>([&](asked_primary& primary) -> asio::awaitable<void> {
        const unique_fd held = support::listen_tcp("127.0.0.1", 0);
        primary.port = support::local_port(held.get());
        const int before = listening_sockets();
        const auto first = co_await listen_so(at_port("127.0.0.1", primary.port));
        const std::string port = std::to_string(primary.port);
        expect("a worker listens on port " + port + ", which its primary holds", first.words,
               "a server on port " + port);
        expect("it is a worker", questions_and_sockets(primary, before), asked);
        net::listen_options own = at_port("127.0.0.1", 0);
        own.exclusive = true;
        const auto second = co_await listen_so(own);
        expect("the same worker listens on an exclusive port as well; in all",
               questions_and_sockets(primary, before), both);
    });
    on_stage<asked_primary>([&](asked_primary& primary) -> asio::awaitable<void> {
        auto there = co_await listen_so(at_port("127.0.0.1", 0));
        if (!there.server) FAIL("observed: listen came to " << there.words);
        primary.disconnect();
        co_await primary.until_leaving(*there.server);
        net::listen_options late = at_port("127.0.0.1", 0);
        const std::string canceled = "an error: " + std::system_category().message(ECANCELED);
        for (const bool exclusive : {false, true}) {
            late.exclusive = exclusive;
            const auto refused = co_await listen_so(late);
            expect(std::string("the worker is leaving; listen on ") +
                       (exclusive ? "an exclusive" : "any") + " port",
                   refused.words, canceled);
        }
    });
    on_stage<asked_primary>([&](asked_primary& primary) -> asio::awaitable<void> {
        const int before = listening_sockets();
        const auto free = co_await listen_so(at_port("127.0.0.1", 0));
        expect("a worker listens on any port", questions_and_sockets(primary, before), asked);
    });
    on_stage<asked_primary>(
        [&](asked_primary& primary) -> asio::awaitable<void> {
            const int before = listening_sockets();
            const auto unaware = co_await listen_so(at_port("127.0.0.1", 0));
            expect("only the environment says that it is a worker; it listens on any port",
                   questions_and_sockets(primary, before), asked);
        },
        1, asked_primary::role::inherits);
    ::unsetenv("NODE_UNIQUE_ID");
    ::unsetenv("NODE_CHANNEL_FD");
    tests::run([]() -> asio::awaitable<void> {
        const int before = listening_sockets();
        const auto alone = co_await listen_so(at_port("127.0.0.1", 0));
        expect("a process without a primary listens on any port; sockets of its own",
               std::to_string(listening_sockets() - before), "1");
    });
}

TEST_CASE("06: listen throws what kept the primary from listening", "[kit]") {
    for (const int error : {EADDRINUSE, EACCES}) {
        on_stage<asked_primary>([&](asked_primary& primary) -> asio::awaitable<void> {
            primary.answer = [&](const auto& question) { primary.refuse(question, error); };
            const std::string name = std::system_category().message(error);
            const int before = listening_sockets();
            const auto result = co_await listen_so(at_port("127.0.0.1", 0));
            expect("the primary answers \"" + name + "\"; listen", result.words,
                   "an error: " + name);
            expect("the primary answers \"" + name + "\"", questions_and_sockets(primary, before),
                   "1 question to the primary, 0 listening sockets of its own");
        });
    }
}

TEST_CASE("06: a socket that comes with the answer is the one that is used", "[kit]") {
    on_stage<asked_primary>([](asked_primary& primary) -> asio::awaitable<void> {
        const unique_fd held = support::listen_tcp("127.0.0.1", 0);
        const std::uint16_t port = support::local_port(held.get());
        primary.answer = [&](const auto& question) { primary.grant(question, held); };
        auto listens = co_await listen_so(at_port("127.0.0.1", port));
        expect("the primary answers with its socket", listens.words,
               "a server on port " + std::to_string(port));
        if (!listens.server) co_return;
        const unique_fd client = client_of(port, 'a');
        const std::string came = co_await next_of(*listens.server);
        expect("client a connects to that socket; accept", came, "a");
    });
    on_stage<asked_primary>([](asked_primary& primary) -> asio::awaitable<void> {
        const unique_fd held = support::bind_udp("127.0.0.1", 0);
        const std::uint16_t port = support::local_port(held.get());
        primary.answer = [&](const auto& question) { primary.grant(question, held); };
        const std::string bound = co_await bind_so("127.0.0.1", port);
        expect("the primary answers with its datagram socket; bind_udp", bound,
               "a datagram socket on port " + std::to_string(port));
        const unique_fd client = primary.pass('a');  // for the key of that question
        co_await primary.until_answered(1);
        expect("a connection is passed for the datagram socket; the worker's answer",
               primary.answers[0], "refused");
    });
    on_stage<asked_primary>([](asked_primary&) -> asio::awaitable<void> {
        const std::string bound = co_await bind_so("127.0.0.1", 0);
        expect("the primary grants a datagram socket, and none comes with it; bind_udp", bound,
               "an error: " + std::system_category().message(EPROTO));
    });
    on_stage<asked_primary>([](asked_primary& primary) -> asio::awaitable<void> {
        const tests::temporary_folder folder;
        net::listen_options where;
        where.path = folder.file("shared.sock");
        const unique_fd held = support::listen_unix(where.path);
        primary.answer = [&](const auto& question) { primary.grant(question, held); };
        auto listens = co_await listen_so(where);
        if (!listens.server) FAIL("observed: listen came to " << listens.words);
        primary.disconnect();
        co_await primary.until_leaving(*listens.server);
        listens.server.reset();
        expect("the worker leaves, and others serve the primary's unix socket on; its file",
               std::filesystem::exists(where.path) ? "is there" : "is gone", "is there");
    });
}

TEST_CASE("06: connections that the primary passes come out of accept", "[kit]") {
    on_stage<asked_primary>([](asked_primary& primary) -> asio::awaitable<void> {
        auto listens = co_await listen_so(at_port("127.0.0.1", 0));
        if (!listens.server) FAIL("observed: listen came to " << listens.words);
        const unique_fd early = primary.pass('a');
        co_await primary.until_answered(1);
        std::string came = co_await next_of(*listens.server);
        expect("connection a was passed before anybody called accept", came, "a");
        std::vector<unique_fd> clients;
        const auto pass_now = [&]() -> asio::awaitable<void> {
            for (const char letter : {'b', 'c'}) clients.push_back(primary.pass(letter));
            co_return;
        };
        asio::co_spawn(co_await asio::this_coro::executor, pass_now(), support::rethrow);
        came = co_await next_of(*listens.server);
        expect("connections b and c are passed while accept waits", came, "b");
        came = co_await next_of(*listens.server);
        expect("and accept is called once more", came, "c");
    });
}

TEST_CASE("06: a worker that leaves hands out what it has accepted, then the end", "[kit]") {
    on_stage<asked_primary>([](asked_primary& primary) -> asio::awaitable<void> {
        auto listens = co_await listen_so(at_port("127.0.0.1", 0));
        if (!listens.server) FAIL("observed: listen came to " << listens.words);
        const unique_fd first = primary.pass('a');
        const unique_fd second = primary.pass('b');
        co_await primary.until_answered(2);
        primary.disconnect();
        co_await primary.until_leaving(*listens.server);
        std::string came;
        for (int n = 0; n < 3; ++n) {
            if (n > 0) came += ", ";
            came += co_await next_of(*listens.server);
        }
        expect("the worker took connections a and b, and was told to leave; accept", came,
               "a, b, the end");
    });
}
