#include "02-fork-ipc/channel.hpp"

#include "support/timeout.hpp"
#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

asio::awaitable<void> receive_into(channel& from, std::optional<json>& to) {
    to = co_await from.receive();
}

// Nothing is received from the front of a message; the whole is once the rest has come.
asio::awaitable<void> check_split(with_raw_peer& raw, const json& message, std::size_t cut) {
    const std::string line = encode(message);
    std::optional<json> received;
    asio::co_spawn(co_await asio::this_coro::executor, receive_into(raw.here, received),
                   asio::detached);
    raw.write(line.substr(0, cut));
    co_await settle();
    CHECK_FALSE(received);
    raw.write(line.substr(cut));
    co_await until([&] { return received.has_value(); });
    CHECK(received == message);
}

}  // namespace

TEST_CASE("messages of every kind arrive in the order in which they were sent", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        const json kinds = json::parse(R"(["str", 42, true, null, {"a": [1, 2]}, [], "last"])");
        for (const json& message : kinds) co_await expect_send(ends.here, message, true);
        co_await ends.here.disconnect();
        const json received = co_await receive_all(ends.there);
        CHECK(received == kinds);
    });
}

TEST_CASE("both ends send at the same time", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        for (int n = 0; n < 100; ++n) {
            ends.here.post(n);
            ends.there.post(-n);
        }
        for (int n = 0; n < 100; ++n) {
            co_await expect(ends.there, n);
            co_await expect(ends.here, -n);
        }
    });
}

TEST_CASE("one read that holds several messages gives them one by one", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.write("\"str\"\n42\nnull\n{\"a\":1}\n");
        co_await expect(raw.here, "str");
        co_await expect(raw.here, 42);
        co_await expect(raw.here, nullptr);
        co_await expect(raw.here, json::parse("{\"a\":1}"));
    });
}

TEST_CASE("a message split at any byte arrives whole", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        const json message = json::parse(R"({"u":"é\n\"x\" 😀","n":[1,{"a":null}]})");
        for (std::size_t cut = 0; cut < encode(message).size(); ++cut) {
            co_await check_split(raw, message, cut);
        }
    });
}

TEST_CASE("100 kB of text of many bytes a letter arrives as it was", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        std::string text;
        while (text.size() < 100'000) text += "añ€😀 \"\n\\";
        ends.here.post(text);
        co_await expect(ends.there, text);
    });
}

TEST_CASE("a message of 10 MB arrives as it was", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        std::string text;
        for (int n = 0; text.size() < 10'000'000; ++n) text += std::to_string(n);
        ends.here.post(text);
        ends.here.post("after it");
        const auto received = co_await ends.there.receive();
        const bool same = received == json(text);  // not shown when it fails: it is long
        CHECK(same);
        co_await expect(ends.there, "after it");
    });
}

TEST_CASE("what is on the wire is one JSON text and one newline for each message",
          "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        for (const json& message : json::parse(R"(["str", 42, null, "", [], {"u": "\n\r"}])")) {
            raw.here.post(message);
        }
        co_await raw.here.disconnect();
        CHECK(raw.read() == "\"str\"\n42\nnull\n\"\"\n[]\n{\"u\":\"\\n\\r\"}\n");
    });
}

TEST_CASE("text that is not UTF-8 is sent with its wrong bytes replaced", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        ends.here.post("a\xffz");
        co_await expect(ends.there, "a\xef\xbf\xbdz");
    });
}

TEST_CASE("messages that Node keeps for itself do not reach the application", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.write(
            "{\"cmd\":\"NODE_user\",\"x\":1}\n{\"cmd\":\"NODE_\"}\n"
            "{\"cmd\":\"NODE_DEBUG_ENABLED\"}\n{\"cmd\":\"other\"}\n");
        co_await expect(raw.here, json::parse(R"({"cmd":"NODE_"})"));
        co_await expect(raw.here, json::parse(R"({"cmd":"other"})"));
        co_await raw.here.disconnect();
        CHECK(raw.read().empty());
    });
}

TEST_CASE("a peer that passes a descriptor is told that it did not arrive", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        with_raw_peer raw(co_await asio::this_coro::executor);
        raw.write("{\"cmd\":\"NODE_HANDLE\",\"type\":\"net.Server\",\"msg\":\"s\"}\n\"next\"\n");
        co_await expect(raw.here, "next");
        co_await raw.here.disconnect();
        CHECK(raw.read() == "{\"cmd\":\"NODE_HANDLE_NACK\"}\n");
    });
}

TEST_CASE("cancelling a receive loses nothing", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        using namespace std::chrono_literals;
        with_raw_peer raw(co_await asio::this_coro::executor);
        const auto nothing = co_await support::with_timeout(raw.here.receive(), 1ms);
        CHECK_FALSE(nothing.has_value());
        raw.write("\"first\"\n\"sec");
        co_await expect(raw.here, "first");
        const auto half = co_await support::with_timeout(raw.here.receive(), 1ms);
        CHECK_FALSE(half.has_value());
        CHECK(raw.here.connected());
        raw.write("ond\"\n");
        co_await expect(raw.here, "second");
    });
}

TEST_CASE("cancelling a send leaves its message queued", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        using namespace std::chrono_literals;
        both_ends ends(co_await asio::this_coro::executor);
        const json large = std::string(2'000'000, 'x');
        const auto sent = co_await support::with_timeout(ends.here.send(large), 1ms);
        CHECK_FALSE(sent.has_value());
        ends.here.post("after it");
        const auto received = co_await ends.there.receive();
        const bool same = received == large;
        CHECK(same);
        co_await expect(ends.there, "after it");
    });
}
