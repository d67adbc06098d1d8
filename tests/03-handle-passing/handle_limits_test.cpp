// Peers that break the rules, and resources that run out.
#include <algorithm>
#include <iostream>

#include "02-fork-ipc/channel_error.hpp"
#include "tests/03-handle-passing/channels.hpp"
#include "tests/leaks.hpp"

using namespace child_process;
using namespace tests;

namespace {

const std::string server_envelope = R"({"cmd":"NODE_HANDLE","type":"net.Server","msg":"server"})";

// Writes `text` again and again until the channel at the other end gives up, `limit` bytes at most.
// Returns how many bytes it took. The peer reads nothing.
asio::awaitable<std::size_t> flood(raw_peer& peer, std::string text, std::size_t limit) {
    const auto executor = co_await asio::this_coro::executor;
    std::size_t written = 0;
    while (written < limit) {
        const auto count = ::send(peer.fd(), text.data(), text.size(), MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN) break;
        if (count > 0) {
            REQUIRE(static_cast<std::size_t>(count) == text.size());
            written += text.size();
        }
        co_await asio::post(executor, asio::use_awaitable);
    }
    co_return written;
}

void shrink_buffer(int fd, int option) {
    const int size = 1;  // the kernel takes its smallest
    support::check("setsockopt", ::setsockopt(fd, SOL_SOCKET, option, &size, sizeof size));
}

}  // namespace

TEST_CASE("a flood of descriptors that no message announces ends the channel and is closed",
          "[03][limits]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        auto line = support::make_socket_pair();
        const std::size_t before = open_descriptors().size();
        send_with_many(raw.peer.fd(), "\"x\"\n", std::vector<int>(200, line.first.get()));
        co_await expect(raw.here, "x");
        const auto error = co_await error_of(raw.here);
        CHECK(error == std::errc::protocol_error);
        CHECK_FALSE(raw.here.connected());
        line.first.reset();
        CHECK(hung_up(line.second.get()));
        CHECK(open_descriptors().size() < before);
        co_await expect_end(raw.here);
    });
}

TEST_CASE("a few descriptors too many are forgiven", "[03][limits]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        const unique_fd server = support::listen_tcp("127.0.0.1", 0);
        send_with_many(raw.peer.fd(), "\"x\"\n", std::vector<int>(8, server.get()));
        co_await expect(raw.here, "x");
        CHECK(raw.here.connected());
    });
}

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

TEST_CASE("a peer that asks for counts and never reads the answers is cut off", "[03][limits]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        std::string questions;
        for (int n = 0; n < 500; ++n) {
            questions += "{\"cmd\":\"NODE_SOCKET_GET_COUNT\",\"key\":\"k\"}\n";
        }
        constexpr std::size_t far_too_much = std::size_t{100} * 1024 * 1024;
        const std::size_t taken = co_await flood(raw.peer, questions, far_too_much);
        CHECK(taken < far_too_much / 10);
        const auto error = co_await error_of(raw.here);
        CHECK(error == std::errc::protocol_error);
    });
}

TEST_CASE("a peer that announces handles without end and never reads the answers is cut off",
          "[03][limits]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        std::string announcements;
        for (int n = 0; n < 500; ++n) announcements += server_envelope + "\n";
        constexpr std::size_t far_too_much = std::size_t{100} * 1024 * 1024;
        const std::size_t taken = co_await flood(raw.peer, announcements, far_too_much);
        CHECK(taken < far_too_much / 10);
        const auto error = co_await error_of(raw.here);
        CHECK(error == std::errc::protocol_error);
    });
}

TEST_CASE("a peer that asks all the time and reads the answers is served on", "[03][limits]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        const std::string key(4000, 'k');
        for (int n = 0; n < 500; ++n) {  // 2 MB of answers
            raw.peer.say(R"({"cmd":"NODE_SOCKET_GET_COUNT","key":")" + key + "\"}");
            co_await expect_line(raw.peer,
                                 R"({"cmd":"NODE_SOCKET_COUNT","key":")" + key + R"(","count":0})");
        }
        CHECK(raw.here.connected());
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

TEST_CASE("a malformed line ends the channel with an error, behind the messages before it",
          "[03][limits]") {
    for (const char* line : {"", "{oops", "{\"cmd\":\"NODE_HANDLE\"", "\xff"}) {
        tests::run([line]() -> asio::awaitable<void> {
            with_raw_peer raw(co_await asio::this_coro::executor);
            raw.peer.say("\"fine\"");
            raw.peer.say(line);
            co_await expect(raw.here, "fine");
            const auto error = co_await error_of(raw.here);
            CHECK(error.category() == channel_category());
            co_await expect_end(raw.here);
            co_await expect_line(raw.peer, "<end>");
        });
    }
}

TEST_CASE("half a line with a descriptor and then the end: an error, and the descriptor is closed",
          "[03][limits]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        auto line = support::make_socket_pair();
        raw.peer.write(server_envelope.substr(0, 20), line.first.get());
        line.first.reset();
        raw.peer.close();
        const auto error = co_await error_of(raw.here);
        CHECK(error == channel_errc::truncated);
        CHECK(hung_up(line.second.get()));
    });
}

TEST_CASE("a handle with fields that are not what they should be harms nobody", "[03][limits]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        const unique_fd server = support::listen_tcp("127.0.0.1", 0);
        for (const char* line :
             {R"({"cmd":"NODE_HANDLE","type":null,"msg":1})", R"({"cmd":"NODE_HANDLE","type":[]})",
              R"({"cmd":"NODE_HANDLE","type":{"cmd":"NODE_HANDLE"},"key":{}})",
              R"({"cmd":"NODE_HANDLE","msg":{"cmd":"NODE_HANDLE","msg":{"cmd":"NODE_HANDLE"}}})"}) {
            raw.peer.say(line, server.get());
            co_await expect_line(raw.peer, nack);
        }
        raw.peer.say(R"({"cmd":"NODE_HANDLE_ACK","key":[]})");
        raw.peer.say(R"({"cmd":"NODE_SOCKET_ALL_CLOSED"})");
        raw.peer.say(R"({"cmd":"NODE_HANDLE","type":"net.Server","key":7})", server.get());
        co_await expect_line(raw.peer, ack);
        const auto got = co_await expect_handle(raw.here, nullptr, handle_kind::server);
        CHECK(got.passed->key().empty());
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
