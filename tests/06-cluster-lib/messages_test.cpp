// Messages between a primary and its workers.
#include <sys/socket.h>
#include <unistd.h>

#include "support/sockets.hpp"
#include "tests/06-cluster-lib/client.hpp"
#include "tests/06-cluster-lib/troupe.hpp"

using namespace tests;

TEST_CASE("a message goes to a worker and back as it was", "[06][messages]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        co_await all.start(1);
        json message;
        message["text"] = "Grüße\n";
        message["numbers"] = {1, 2.5, nullptr};
        const json echo = co_await all.ask(1, message);
        CHECK(echo == message);
    });
}

TEST_CASE("messages keep their order", "[06][messages]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        co_await all.start(1);
        for (int n = 0; n < 500; ++n) all.tell(1, n);
        for (int n = 0; n < 500; ++n) {
            const json echo = co_await all.answer(1);
            CHECK(echo == n);
        }
    });
}

TEST_CASE("what was sent before a worker had a listener is kept for it", "[06][messages]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        cluster::worker& worker = all.primary().fork();
        CHECK(worker.send("first"));
        CHECK(worker.send("second"));
        const json first = co_await all.answer(1);
        const json second = co_await all.answer(1);
        CHECK(first == "first");
        CHECK(second == "second");
    });
}

TEST_CASE("a worker's message is for the listeners of the primary and for its own",
          "[06][messages]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        co_await all.start(2);
        std::vector<json> heard;
        all.worker(2).on_message([&](const json& message, auto) { heard.push_back(message); });
        const json first = co_await all.ask(1, "of one");
        const json second = co_await all.ask(2, "of two");
        CHECK(first == "of one");
        CHECK(second == "of two");
        const json last = co_await all.ask(2, "again");
        CHECK(last == "again");
        REQUIRE_FALSE(heard.empty());
        CHECK(heard.front() == "of two");
    });
}

TEST_CASE("every listener of a worker hears each message, what was sent before it was there too",
          "[06][messages]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "listens_twice");
        cluster::worker& worker = all.primary().fork();
        CHECK(worker.send("early"));
        CHECK(worker.send("late"));
        std::vector<json> heard;
        for (int n = 0; n < 4; ++n) heard.push_back(co_await all.answer(1));
        const auto by = [](const char* name, const char* text) { return json{{name, text}}; };
        CHECK(heard == std::vector<json>{by("first", "early"), by("second", "early"),
                                         by("first", "late"), by("second", "late")});
    });
}

TEST_CASE("each listener of a worker gets the socket that came with a message", "[06][messages]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        troupe all(executor, "listens_twice");
        co_await all.start(1);
        support::unique_fd listening = support::listen_tcp("127.0.0.1", 0);
        client peer(executor);
        const std::error_code error =
            co_await peer.connect(at_ip("127.0.0.1", support::local_port(listening.get())));
        CHECK_FALSE(error);
        support::acceptor acceptor(executor, std::move(listening));
        auto accepted = co_await acceptor.accept();
        REQUIRE(accepted.has_value());
        CHECK(all.worker(1).send("say who you are", child_process::handle(std::move(*accepted))));
        const auto first = co_await peer.line();
        const auto second = co_await peer.line();
        CHECK(first == "first");
        CHECK(second == "second");
        const auto end = co_await peer.line();
        CHECK_FALSE(end.has_value());
    });
}

TEST_CASE("a socket that is sent to a worker is the worker's", "[06][messages]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        troupe all(executor, "lives_as_told");
        co_await all.start(1);
        support::unique_fd listening = support::listen_tcp("127.0.0.1", 0);
        client peer(executor);
        const auto where = at_ip("127.0.0.1", support::local_port(listening.get()));
        const std::error_code error = co_await peer.connect(where);
        CHECK_FALSE(error);
        support::acceptor acceptor(executor, std::move(listening));
        auto accepted = co_await acceptor.accept();
        REQUIRE(accepted.has_value());
        const json text = "written by the worker\n";
        CHECK(all.worker(1).send(text, child_process::handle(std::move(*accepted))));
        const auto line = co_await peer.line();
        CHECK(line == "written by the worker");
    });
}

TEST_CASE("a message to a worker that has gone is dropped, and send says so", "[06][messages]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        co_await all.start(1);
        CHECK(all.worker(1).send("while it lives"));
        bool sent = true;
        all.primary().on_exit(
            [&](cluster::worker& worker, auto) { sent = worker.send("after its end"); });
        all.worker(1).kill(SIGKILL);
        co_await all.until_recorded("exit 1");
        CHECK_FALSE(sent);
    });
}

TEST_CASE("a worker that does not read has its messages dropped at last", "[06][messages]") {
    tests::run([]() -> asio::awaitable<void> {
        troupe all(co_await asio::this_coro::executor, "lives_as_told");
        co_await all.start(1);
        all.worker(1).kill(SIGSTOP);
        const json mebibyte = std::string(1U << 20U, 'x');
        int taken = 0;
        while (taken < 100 && all.worker(1).send(mebibyte)) ++taken;
        CHECK(taken >= 8);
        CHECK(taken <= 10);
        all.worker(1).kill(SIGKILL);
        co_await all.until_recorded("exit 1");
    });
}
