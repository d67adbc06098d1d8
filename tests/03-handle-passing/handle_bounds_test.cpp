// Sockets and kernels that take only so much.
#include <algorithm>
#include <iostream>

#include "tests/03-handle-passing/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

void shrink_buffer(int fd, int option) {
    const int size = 1;  // the kernel takes its smallest
    support::check("setsockopt", ::setsockopt(fd, SOL_SOCKET, option, &size, sizeof size));
}

}  // namespace

TEST_CASE("sockets that nobody receives stay in the kernel when there are too many",
          "[03][limits]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        both_ends ends(executor);
        const handle server(support::listen_tcp("127.0.0.1", 0));
        constexpr int count = 300;
        std::vector<sending> sent(count);
        for (int n = 0; n < count; ++n) {
            start_send(executor, ends.here, n, server.duplicate(), sent[n]);
        }
        const auto arrived = [&] {
            return std::count_if(sent.begin(), sent.end(),
                                 [](const sending& one) { return one.outcome.has_value(); });
        };
        co_await until([&] { return arrived() >= 100; });
        for (int n = 0; n < 20; ++n) co_await settle();
        CHECK(arrived() < 200);
        for (int n = 0; n < count; ++n) {
            const auto got = co_await expect_handle(ends.there, n, handle_kind::server);
        }
        co_await until([&] { return arrived() == count; });
    });
}

TEST_CASE("messages that nobody receives stay in the kernel after 1 MiB", "[03][limits]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        const std::string line = "\"" + std::string(10'000, 'x') + "\"\n";
        std::size_t sent = 0;
        std::size_t without_progress = 0;
        while (without_progress < 500) {
            const bool taken = ::send(raw.peer.fd(), line.data(), line.size(), MSG_NOSIGNAL) ==
                               static_cast<ssize_t>(line.size());
            sent += taken ? 1 : 0;
            without_progress = taken ? 0 : without_progress + 1;
            co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
        }
        CHECK(sent * line.size() < std::size_t{3} * 1024 * 1024);
        for (std::size_t n = 0; n < sent; ++n) {
            const auto got = co_await raw.here.receive();
            REQUIRE(got);
        }
    });
}

TEST_CASE("a socket buffer that splits every line: each descriptor still rides its first byte",
          "[03][limits]") {
    tests::run([]() -> asio::awaitable<void> {
        auto pair = support::make_socket_pair();
        shrink_buffer(pair.first.get(), SO_SNDBUF);
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor, std::move(pair));
        const std::string text(50'000, 'x');
        const unique_fd server = support::listen_tcp("127.0.0.1", 0);
        const std::string envelope =
            R"({"cmd":"NODE_HANDLE","type":"net.Server","msg":")" + text + "\"}\n";
        raw.here.post(text);
        raw.here.post(text, handle(support::duplicate(server.get())));
        const std::size_t begin = text.size() + 3;
        // Byte by byte, to see with which one the descriptor comes.
        std::string seen;
        std::optional<std::size_t> came_with;
        while (seen.size() < begin + envelope.size()) {
            std::array<char, 1> byte{};
            std::deque<unique_fd> arrived;
            const auto count = receive_with_descriptors(raw.peer.fd(), byte, arrived);
            if (count < 0) co_await asio::post(executor, asio::use_awaitable);
            if (count < 1) continue;
            if (!arrived.empty()) {
                CHECK_FALSE(came_with);
                came_with = seen.size();
                CHECK(same_socket(arrived[0].get(), server.get()));
            }
            seen += byte[0];
        }
        CHECK(came_with == begin);
        CHECK(seen.substr(begin) == envelope);
        raw.peer.say(ack);
    });
}

TEST_CASE("two hundred handles through a tiny socket buffer all arrive", "[03][limits]") {
    tests::run([]() -> asio::awaitable<void> {
        auto pair = support::make_socket_pair();
        shrink_buffer(pair.first.get(), SO_SNDBUF);
        shrink_buffer(pair.second.get(), SO_SNDBUF);
        both_ends ends(co_await asio::this_coro::executor, std::move(pair));
        const handle server(support::listen_tcp("127.0.0.1", 0));
        const std::string text(10'000, 'x');
        for (int n = 0; n < 200; ++n) ends.here.post(text, server.duplicate());
        for (int n = 0; n < 200; ++n) {
            const auto got = co_await expect_handle(ends.there, text, handle_kind::server);
            CHECK(same_socket(got.passed->fd(), server.fd()));
        }
    });
}

TEST_CASE("when the kernel takes no more descriptors of ours, the handle is refused, no more",
          "[03][limits]") {
    if (::geteuid() != 0) {
        std::cout << "SKIPPED: needs root, to become a user whom the kernel limits" << std::endl;
        return;
    }
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        with_raw_peer raw(executor);
        const unique_fd server = support::listen_tcp("127.0.0.1", 0);
        // These are on their way for as long as nobody reads them.
        const auto parked = support::make_socket_pair();
        send_with_many(parked.first.get(), "x", std::vector<int>(100, server.get()));
        sending outcome;
        {
            struct as_nobody {
                as_nobody() { support::check("seteuid", ::seteuid(65534)); }
                ~as_nobody() { static_cast<void>(::seteuid(0)); }
            } const limited;
            const few_descriptors few(10);
            start_send(executor, raw.here, "server", handle(support::duplicate(server.get())),
                       outcome);
            co_await expect_line(raw.peer, server_envelope);
        }
        CHECK(raw.peer.descriptors.empty());
        raw.peer.say(nack);
        co_await until([&] { return outcome.outcome.has_value(); });
        CHECK(outcome.outcome == delivery::refused);
        raw.here.post("on it goes");
        co_await expect_line(raw.peer, "\"on it goes\"");
    });
}
