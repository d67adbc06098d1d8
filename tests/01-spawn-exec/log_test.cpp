// Log lines of several processes.
#include <fstream>
#include <map>

#include "01-spawn-exec/exec.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

TEST_CASE("a log line names role and process, and holds every kind of value", "[01][log]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"primary", "1", "3"};
        child process = spawn(executor, tests::program("logs_lines"), arguments);
        const std::string said = co_await tests::read_all(process.out());
        CHECK(said == "[primary " + std::to_string(process.pid()) + "] line 0 xxx\n");
        co_await process.wait();
    });
}

TEST_CASE("lines of several processes in one file never mix", "[01][log]") {
    constexpr int processes = 4;
    constexpr int lines = 500;
    const tests::temporary_folder folder;
    const std::string file = folder.file("log");
    std::string command;
    for (int n = 0; n < processes; ++n) {
        command.append(tests::program("logs_lines")).append(" worker 500 300 >> " + file + " & ");
    }
    CHECK(support::run(exec(command + "wait")).success());

    std::ifstream log(file);
    std::map<std::string, int> next;  // by what stands before "line"
    for (std::string who, pid, word, number, letters; log >> who >> pid >> word;) {
        REQUIRE(log >> number >> letters);
        REQUIRE(who == "[worker");
        REQUIRE(word == "line");
        REQUIRE(number == std::to_string(next[pid]++));
        REQUIRE(letters == std::string(300, 'x'));
    }
    CHECK(next.size() == processes);
    for (const auto& [pid, count] : next) CHECK(count == lines);
}
