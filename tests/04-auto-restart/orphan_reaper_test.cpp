// A primary that is the first process of a container.
#include <fstream>
#include <set>

#include "tests/04-auto-restart/primary_program.hpp"
#include "tests/04-auto-restart/processes.hpp"

using namespace tests;

namespace {

std::set<pid_t> children_of(pid_t parent) {
    const auto number = std::to_string(parent);
    std::ifstream file("/proc/" + number + "/task/" + number + "/children");
    std::set<pid_t> found;
    for (pid_t pid = 0; file >> pid;) found.insert(pid);
    return found;
}

}  // namespace

TEST_CASE(
    "orphans that the kernel gives to a primary are reaped, and its own children are not lost",
    "[04][supervisor]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const primary_program::words flags = {
            stage_program("04-auto-restart", "restart_primary"), "--workers", "1", "--port", "0",
            "--first-delay", "0", "--program", "sh", "--", "-c",
            // The parentheses make a process that ends at once, and its child an orphan.
            "(sleep 0.2 &); exec \"$0\" --port 0",
            stage_program("04-auto-restart", "restart_worker")};
        primary_program primary(executor, program("adopts"), flags);
        co_await primary.until_listening(1);
        const pid_t worker = primary.alive().at(1);
        co_await until_seen([&] { return children_of(primary.pid()) == std::set<pid_t>{worker}; });
        ::kill(worker, SIGKILL);
        co_await primary.until_listening(2);
        CHECK(primary.exit_of(1).starts_with("signal SIGKILL"));
        const auto status = co_await primary.stop();
        CHECK(status.code() == 0);
    });
}
