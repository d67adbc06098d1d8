// poll_config and notify_config, the two ways side by side.
#include <csignal>

#include "01-spawn-exec/exec.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace tests;
using child_process::exit_status;

namespace {

using words = std::vector<std::string>;

struct config_program {
    std::string path;
    words flags;
};

// Both, the polling one with an interval that a test can wait for.
std::vector<config_program> config_programs() {
    return {{stage_program("07-state-sharing", "notify_config"), {}},
            {stage_program("07-state-sharing", "poll_config"), {"--interval", "10"}}};
}

int times_said(const std::string& output, const std::string& text) {
    int found = 0;
    for (auto at = output.find(text); at != output.npos; at = output.find(text, at + 1)) ++found;
    return found;
}

asio::awaitable<child_process::exec_result> run_config(config_program with, words more,
                                                       std::string input, std::string folder) {
    child_process::exec_options options;
    options.env = child_process::current_environment();
    (*options.env)["TMPDIR"] = folder;
    options.input = std::move(input);
    with.flags.insert(with.flags.end(), more.begin(), more.end());
    co_return co_await child_process::exec_file(with.path, with.flags, options);
}

}  // namespace

TEST_CASE("a setting is heard by all workers, value after value", "[07][watch]") {
    const auto with = GENERATE(from_range(config_programs()));
    const bool typed = GENERATE(false, true);
    CAPTURE(with.path, typed);
    tests::run([&]() -> asio::awaitable<void> {
        const temporary_folder folder;
        const words values{"blue", "red with \"quotes\"", "blue"};
        const std::string lines = "blue\nred with \"quotes\"\nblue\n";
        const words given = typed ? words() : values;
        const std::string input = typed ? lines : std::string();
        const std::string temporary = folder.path().string();
        const auto result = co_await run_config(with, given, input, temporary);
        CHECK(result.status == exit_status::exited(0));
        CHECK(result.err.empty());
        CHECK(times_said(result.out, "writes \"blue\"") == 2);
        CHECK(times_said(result.out, "heard \"blue\" ") == 6);
        CHECK(times_said(result.out, "heard \"red with \\\"quotes\\\"\" ") == 3);
        CHECK(times_said(result.out, " ms after it was written") == 9);
        CHECK(std::filesystem::is_empty(folder.path()));
    });
}

TEST_CASE("without values and without anything to read a cluster for a setting ends",
          "[07][watch]") {
    const auto with = GENERATE(from_range(config_programs()));
    CAPTURE(with.path);
    tests::run([&]() -> asio::awaitable<void> {
        using child_process::stdio;
        child_process::spawn_options options;
        options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::inherit()};
        const auto executor = co_await asio::this_coro::executor;
        auto cluster = child_process::spawn(executor, with.path, with.flags, options);
        const std::string line = co_await read_line(cluster.out());
        CHECK(line.find("standard input is no terminal and no pipe") != line.npos);
        const exit_status status = co_await cluster.wait();
        CHECK(status == exit_status::exited(0));
    });
}

TEST_CASE("a signal ends a cluster for a setting, with nothing left", "[07][watch]") {
    const auto with = GENERATE(from_range(config_programs()));
    CAPTURE(with.path);
    tests::run([&]() -> asio::awaitable<void> {
        const temporary_folder folder;
        child_process::spawn_options options;
        options.env = child_process::current_environment();
        (*options.env)["TMPDIR"] = folder.path().string();
        const auto executor = co_await asio::this_coro::executor;
        auto cluster = child_process::spawn(executor, with.path, with.flags, options);
        const std::string typed = "blue\n";
        co_await cluster.in().write(typed);
        std::string said;
        while (times_said(said, "\n") < 4) {
            auto more = co_await cluster.out().read();
            REQUIRE(more.has_value());
            said += *more;
        }
        CHECK(times_said(said, "heard \"blue\"") == 3);
        cluster.kill(SIGINT);
        const exit_status status = co_await cluster.wait();
        CHECK(status == exit_status::exited(0));
        CHECK(std::filesystem::is_empty(folder.path()));
    });
}

TEST_CASE("the programs for a setting have help, and refuse wrong flags", "[07][watch]") {
    const auto [name, flags, code] = GENERATE(table<std::string, words, int>({
        {"poll_config", {"--help"}, 0},
        {"notify_config", {"--help"}, 0},
        {"poll_config", {"--interval", "0"}, 2},
        {"poll_config", {"--workers", "0"}, 2},
        {"notify_config", {"--workers", "-1"}, 2},
        {"notify_config", {"--interval", "5"}, 2},
    }));
    CAPTURE(name, flags);
    tests::run([&, program = name, given = flags, expected = code]() -> asio::awaitable<void> {
        const auto result =
            co_await child_process::exec_file(stage_program("07-state-sharing", program), given);
        CHECK(result.status == exit_status::exited(expected));
        CHECK_FALSE((expected == 0 ? result.out : result.err).empty());
    });
}
