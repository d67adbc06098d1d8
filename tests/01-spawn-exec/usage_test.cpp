// What an ended process used.
#include <csignal>

#include "01-spawn-exec/spawn.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace std::chrono_literals;
using namespace child_process;

TEST_CASE("the end of a process tells what it used", "[01][usage]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::string turns = "n=0; while [ $n -lt 20000 ]; do n=$((n + 1)); done";
        child process = spawn(executor, "sh", {"-c", turns});
        CHECK_FALSE(process.usage().has_value());
        co_await process.wait();
        const auto used = process.usage();
        REQUIRE(used.has_value());
        CHECK(used->user + used->system > 0us);
        CHECK(used->user + used->system < tests::patience);
        CHECK(used->max_rss > 100'000);  // no program is smaller
        CHECK(used->max_rss < std::size_t{1} << 40);
    });
}

TEST_CASE("a process that was killed tells what it used, too", "[01][usage]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child process = spawn(executor, "cat");
        process.kill(SIGKILL);
        co_await process.wait();
        CHECK(process.usage().has_value());
    });
}
