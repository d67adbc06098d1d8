// What a peer can do wrong, and that it ends its own channel only.
#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

// A peer that sends `bytes` and then, perhaps, hangs up: what receive() says.
asio::awaitable<void> check_ends_only_itself(std::string bytes, bool hangs_up, channel_errc wrong) {
    const auto executor = co_await asio::this_coro::executor;
    with_raw_peer bad(executor);
    both_ends good(executor);
    bad.write("\"before\"\n" + bytes);
    if (hangs_up) bad.peer.reset();
    INFO(bytes.substr(0, 40));
    co_await expect(bad.here, "before");
    co_await expect_error(bad.here, wrong);
    // The error comes once; then the channel is like any that has ended.
    CHECK_FALSE(bad.here.connected());
    co_await expect_end(bad.here);
    co_await expect_send(bad.here, "into the void", false);
    CHECK_FALSE(bad.here.post("into the void"));
    co_await bad.here.disconnect();
    good.here.post("still here");
    co_await expect(good.there, "still here");
}

}  // namespace

TEST_CASE("a malformed line ends its channel and nothing else", "[02][channel][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        co_await check_ends_only_itself("{oops\n\"after\"\n", false, channel_errc::malformed);
    });
}

TEST_CASE("an empty line ends its channel and nothing else", "[02][channel][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        co_await check_ends_only_itself("\n", false, channel_errc::malformed);
    });
}

TEST_CASE("invalid UTF-8 ends its channel and nothing else", "[02][channel][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        co_await check_ends_only_itself("\"\xff\"\n", false, channel_errc::invalid_utf8);
    });
}

TEST_CASE("513 levels of nesting end their channel and nothing else", "[02][channel][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        const std::string deep = std::string(513, '[') + std::string(513, ']') + "\n";
        co_await check_ends_only_itself(deep, false, channel_errc::too_deep);
    });
}

TEST_CASE("512 levels of nesting pass", "[02][channel][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        const json deep = json::parse(std::string(512, '[') + std::string(512, ']'));
        ends.here.post(deep);
        co_await expect(ends.there, deep);
    });
}

TEST_CASE("an end inside a message ends its channel and nothing else", "[02][channel][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        co_await check_ends_only_itself("{\"half\":", true, channel_errc::truncated);
    });
}

TEST_CASE("a message of the limit passes, a longer one ends its channel and nothing else",
          "[02][channel][errors]") {
    tests::run([]() -> asio::awaitable<void> {
        both_ends ends(co_await asio::this_coro::executor);
        const std::size_t quotes = 2;
        {
            const json fits = std::string(message_limit - quotes, 'x');
            ends.here.post(fits);
            const auto received = co_await ends.there.receive();
            const bool same = received == fits;  // not shown when it fails: it is long
            CHECK(same);
        }
        ends.here.post(std::string(message_limit - quotes + 1, 'x'));
        co_await expect_error(ends.there, channel_errc::oversize);
        co_await expect_end(ends.there);
        CHECK_FALSE(ends.there.connected());
    });
}

TEST_CASE("every channel error has words of its own", "[02][channel][errors]") {
    std::vector<std::string> texts;
    for (const auto error :
         {channel_errc::malformed, channel_errc::invalid_utf8, channel_errc::oversize,
          channel_errc::too_deep, channel_errc::truncated}) {
        texts.push_back(std::error_code(error).message());
    }
    std::sort(texts.begin(), texts.end());
    CHECK(std::unique(texts.begin(), texts.end()) == texts.end());
    CHECK(std::error_code(channel_errc::malformed).category().name() == std::string("channel"));
}
