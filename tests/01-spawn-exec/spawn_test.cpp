#include "01-spawn-exec/spawn.hpp"

#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

TEST_CASE("every exit code from 0 to 255 arrives as it was", "[01][spawn]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        for (int code = 0; code <= 255; ++code) {
            child process = spawn(executor, tests::program("exits_with"), {std::to_string(code)});
            const exit_status status = co_await process.wait();
            CHECK(status.code() == code);
            CHECK(status.signal() == std::nullopt);
        }
    });
}
