#include <nlohmann/json.hpp>

#include "02-fork-ipc/channel.hpp"
#include "support/sockets.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

TEST_CASE("messages arrive in the order in which they were sent", "[02][channel]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto [first, second] = support::make_socket_pair();
        channel here(executor, std::move(first));
        channel there(executor, std::move(second));
        const json text = "str";
        const json number = 42;
        CHECK(co_await here.send(text));
        CHECK(co_await here.send(number));
        CHECK(co_await there.receive() == text);
        CHECK(co_await there.receive() == number);
        co_await here.disconnect();
        CHECK(co_await there.receive() == std::nullopt);
    });
}
