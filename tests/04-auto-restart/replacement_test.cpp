// Who ends is replaced, and who fails is replaced first.
#include <sys/socket.h>

#include <memory>

#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/04-auto-restart/request.hpp"

using namespace tests;

namespace {

using words = primary_program::words;

// Runs a primary with these flags until `body` is done and it has been stopped.
void with_primary(const words& flags,
                  const std::function<asio::awaitable<void>(primary_program&)>& body) {
    tests::run([&]() -> asio::awaitable<void> {
        primary_program primary(co_await asio::this_coro::executor, flags);
        co_await body(primary);
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
        CHECK(primary.alive().empty());
    });
}

void say(const support::unique_fd& connection, const std::string& text) {
    const auto sent = ::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL);
    REQUIRE(sent == static_cast<ssize_t>(text.size()));
}

// The number of the worker that answers.
asio::awaitable<int> who_answers(std::uint16_t port) {
    const std::string page = co_await ask_once(port, "/");
    const auto at = page.find("worker ");
    co_return at == page.npos ? 0 : std::stoi(page.substr(at + 7));
}

}  // namespace

TEST_CASE("a worker that ends is replaced in its slot by one with a new number",
          "[04][supervisor]") {
    with_primary({"--workers", "2"}, [](primary_program& primary) -> asio::awaitable<void> {
        co_await primary.until_listening(2);
        CHECK(primary.started().size() == 2);
        ::kill(primary.started().at(2), SIGKILL);
        co_await primary.until_listening(3);
        CHECK(primary.exits().at(0).id == 2);
        CHECK(primary.exits().at(0).slot == 1);
        CHECK(primary.exit_of(2) == "signal SIGKILL");
        ::kill(primary.started().at(3), SIGKILL);
        co_await primary.until_listening(4);
        CHECK(primary.exits().at(1).slot == 1);
        CHECK(primary.alive().size() == 2);
        CHECK(primary.alive().rbegin()->first == 4);
    });
}

TEST_CASE("a worker that exits by itself is told of with its code", "[04][supervisor]") {
    with_primary({"--workers", "1"}, [](primary_program& primary) -> asio::awaitable<void> {
        co_await primary.until_listening(1);
        const std::string answer = co_await ask_once(primary.port(), "/exit?code=7");
        CHECK(answer.empty());
        co_await primary.until_listening(2);
        CHECK(primary.exit_of(1) == "code 7, with 1 open connections");
    });
}

TEST_CASE("a worker that exits with code 100 is not replaced", "[04][supervisor]") {
    with_primary({"--workers", "2"}, [](primary_program& primary) -> asio::awaitable<void> {
        co_await primary.until_listening(2);
        co_await ask_once(primary.port(), "/exit?code=100");
        co_await primary.until_ended(1);
        // The other one is, after it: had the first been due, it would have come before.
        ::kill(primary.alive().begin()->second, SIGKILL);
        co_await primary.until_listening(3);
        CHECK(primary.started().size() == 3);
        CHECK(primary.alive().size() == 1);
    });
}

TEST_CASE("without restarts a slot stays empty", "[04][supervisor]") {
    with_primary({"--workers", "2", "--no-restart"},
                 [](primary_program& primary) -> asio::awaitable<void> {
                     co_await primary.until_listening(2);
                     ::kill(primary.alive().at(1), SIGKILL);
                     co_await primary.until_ended(1);
                     const int who = co_await who_answers(primary.port());
                     CHECK(who == 2);
                     CHECK(primary.started().size() == 2);
                 });
}

TEST_CASE("the replacement of a failed worker answers while the old one still does",
          "[04][supervisor]") {
    with_primary({"--workers", "1"}, [](primary_program& primary) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        co_await primary.until_listening(1);
        request slow(executor, primary.port(), "/slow?ms=2500");
        request crash(executor, primary.port(), "/crash");
        const std::string crashed = co_await crash.answer();
        CHECK(crashed.starts_with("HTTP/1.1 500"));
        CHECK(crashed.find("Connection: close") != std::string::npos);
        co_await primary.until_listening(2);
        const int who = co_await who_answers(primary.port());
        CHECK(who == 2);
        CHECK(primary.exits().empty());
        const std::string answer = co_await slow.answer();
        CHECK(answer.ends_with("that was slow\n"));
        co_await primary.until_ended(1);
        CHECK(primary.exit_of(1).starts_with("code 1, because: nobody catches this"));
        // The slot is the new one's: the end of the old one starts nobody.
        CHECK(primary.started().size() == 2);
    });
}

TEST_CASE("uncaught exceptions in handlers, timers and coroutines are all suicides",
          "[04][supervisor]") {
    struct uncaught {
        std::string where;
        std::string status;
        std::string reason;
    };
    const uncaught each =
        GENERATE(values<uncaught>({{"handler", "500", "nobody catches this"},
                                   {"timer", "200", "nobody catches this in a timer"},
                                   {"coroutine", "200", "nobody catches this in a coroutine"}}));
    with_primary({"--workers", "1"}, [&](primary_program& primary) -> asio::awaitable<void> {
        co_await primary.until_listening(1);
        const std::string answer = co_await ask_once(primary.port(), "/crash?in=" + each.where);
        CHECK(answer.starts_with("HTTP/1.1 " + each.status));
        co_await primary.until_listening(2);
        co_await primary.until_ended(1);
        CHECK(primary.count("worker 1 asks to be replaced: " + each.reason) == 1);
        CHECK(primary.exit_of(1).starts_with("code 1, because: " + each.reason));
    });
}

TEST_CASE("a failed worker that does not finish is ended by itself at its patience's end",
          "[04][supervisor]") {
    with_primary({"--workers", "1"}, [](primary_program& primary) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        co_await primary.until_listening(1);
        request slow(executor, primary.port(), "/slow?ms=600000");
        co_await ask_once(primary.port(), "/crash");
        const std::string answer = co_await slow.answer();
        CHECK(answer.empty());
        co_await primary.until_ended(1);
        CHECK(primary.exit_of(1).starts_with("code 1, because: nobody catches this"));
    });
}

TEST_CASE("a failed worker that hangs is ended by the ladder", "[04][supervisor]") {
    with_primary({"--workers", "1", "--drain-limit", "0", "--hang-limit", "0"},
                 [](primary_program& primary) -> asio::awaitable<void> {
                     const auto executor = co_await asio::this_coro::executor;
                     co_await primary.until_listening(1);
                     const support::unique_fd kept(connect_to(primary.port()));
                     say(kept, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
                     co_await ask_once(primary.port(), "/crash");
                     // One more request is answered on a connection that was there before.
                     say(kept, "GET /hang HTTP/1.1\r\nHost: localhost\r\n\r\n");
                     co_await primary.until_listening(2);
                     co_await primary.until_ended(1);
                     CHECK(primary.exit_of(1).starts_with("signal SIGKILL, because: nobody"));
                 });
}

TEST_CASE("SIGTERM to a worker lets it finish, and it is replaced", "[04][supervisor]") {
    with_primary({"--workers", "1"}, [](primary_program& primary) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        co_await primary.until_listening(1);
        request slow(executor, primary.port(), "/slow?ms=1000");
        co_await ask_once(primary.port(), "/");  // by now the other has been taken
        ::kill(primary.alive().at(1), SIGTERM);
        const std::string answer = co_await slow.answer();
        CHECK(answer.ends_with("that was slow\n"));
        co_await primary.until_listening(2);
        co_await primary.until_ended(1);
        CHECK(primary.exit_of(1).starts_with("code 0, because: SIGTERM"));
    });
}

TEST_CASE("a second SIGTERM ends a worker at once", "[04][supervisor]") {
    with_primary({"--workers", "1"}, [](primary_program& primary) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        co_await primary.until_listening(1);
        request slow(executor, primary.port(), "/slow?ms=600000");
        co_await ask_once(primary.port(), "/");
        ::kill(primary.alive().at(1), SIGTERM);
        co_await primary.until_said("worker 1 asks to be replaced: SIGTERM");
        ::kill(primary.alive().at(1), SIGTERM);
        co_await primary.until_ended(1);
        CHECK(primary.exit_of(1).starts_with("signal SIGTERM"));
        const std::string answer = co_await slow.answer();
        CHECK(answer.empty());
    });
}

TEST_CASE("of workers that fail together one at a time is replaced", "[04][supervisor]") {
    with_primary(
        {"--workers", "3", "--hang-limit", "0"},
        [](primary_program& primary) -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            co_await primary.until_listening(3);
            // A request for each, for as long as the others are stopped.
            std::vector<std::unique_ptr<request>> requests;
            for (const auto& [id, pid] : primary.alive()) ::kill(pid, SIGSTOP);
            for (const auto& [id, pid] : primary.alive()) {
                ::kill(pid, SIGCONT);
                requests.push_back(
                    std::make_unique<request>(executor, primary.port(), "/slow?ms=3000"));
                const int who = co_await who_answers(primary.port());
                CHECK(who == id);
                ::kill(pid, SIGSTOP);
            }
            for (const auto& [id, pid] : primary.alive()) {
                ::kill(pid, SIGTERM);
                ::kill(pid, SIGCONT);
            }
            co_await primary.until_listening(6);
            for (auto& each : requests) {
                const std::string answer = co_await each->answer();
                CHECK(answer.ends_with("that was slow\n"));
            }
            co_await primary.until_ended(3);
            CHECK(primary.line_of("worker 4 listens") < primary.line_of("worker 5 started"));
            CHECK(primary.line_of("worker 5 listens") < primary.line_of("worker 6 started"));
        });
}
