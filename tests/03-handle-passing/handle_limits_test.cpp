// Peers that break the rules.
#include "02-fork-ipc/channel_error.hpp"
#include "tests/03-handle-passing/channels.hpp"
#include "tests/leaks.hpp"

using namespace child_process;
using namespace tests;

namespace {

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
