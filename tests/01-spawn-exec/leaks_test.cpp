// The leak listener fails tests that leave something behind. The hidden cases do so on purpose,
// each in a run of its own.
#include <fcntl.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

struct verdict {
    std::string out;
    std::string err;
    exit_status status = exit_status::exited(0);
};

// Runs one hidden test of this same executable. (By spawn: exec would make it the leader of a
// process group, which cannot begin the session by which the listener knows its descendants.)
verdict run_hidden(const std::string& tag) {
    verdict result;
    tests::run([&]() -> asio::awaitable<void> {
        const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
        const std::vector<std::string> arguments{tag};
        child process = spawn(co_await asio::this_coro::executor, self, arguments);
        result.out = co_await tests::read_all(process.out());
        result.err = co_await tests::read_all(process.err());
        result.status = co_await process.wait();
    });
    return result;
}

void check_told(const std::string& tag, const std::string& what) {
    const verdict result = run_hidden(tag);
    CHECK(result.status == exit_status::exited(1));
    CHECK(result.out.find("All tests passed") != std::string::npos);  // only the listener objects
    CHECK(result.err.find("LEAK in") != std::string::npos);
    CHECK(result.err.find(what) != std::string::npos);
}

pid_t leave(const std::string& command) {
    asio::io_context io(1);
    spawn_options options;
    options.shell = true;
    options.descriptors = {stdio::ignore(), stdio::ignore(), stdio::ignore()};
    child process = spawn(io.get_executor(), command, {}, options);
    process.detach();
    return process.pid();
}

}  // namespace

TEST_CASE("(leaves a descriptor)", "[.leaves-descriptor]") {
    CHECK(::open("/dev/null", O_RDONLY | O_CLOEXEC) > 2);
}
TEST_CASE("(leaves a child)", "[.leaves-child]") {
    CHECK(leave("exec sleep 3") > 0);
}
TEST_CASE("(leaves a grandchild)", "[.leaves-grandchild]") {
    const pid_t pid = leave("sleep 3 &");
    CHECK(::waitpid(pid, nullptr, 0) == pid);
}
TEST_CASE("(leaves a zombie)", "[.leaves-zombie]") {
    siginfo_t info{};
    const pid_t pid = leave("exit 0");
    CHECK(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
}
TEST_CASE("(leaves a file)", "[.leaves-file]") {
    std::ofstream file(std::filesystem::temp_directory_path() / "left.txt");
    CHECK(file.good());
}
TEST_CASE("(leaves nothing)", "[.leaves-nothing]") {
    siginfo_t info{};
    const pid_t pid = leave("exit 0");
    CHECK(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
    reap_detached();
}

TEST_CASE("a test that leaves a descriptor fails", "[01][leaks]") {
    check_told("[.leaves-descriptor]", "/dev/null");
}
TEST_CASE("a test that leaves a living child fails", "[01][leaks]") {
    check_told("[.leaves-child]", "(sleep), state S");
}
TEST_CASE("a test that leaves a grandchild fails", "[01][leaks]") {
    check_told("[.leaves-grandchild]", "(sleep), state S");
}
TEST_CASE("a test that leaves a zombie fails", "[01][leaks]") {
    check_told("[.leaves-zombie]", "state Z");
}
TEST_CASE("a test that leaves a temporary file fails", "[01][leaks]") {
    check_told("[.leaves-file]", "left.txt");
}
TEST_CASE("a test that cleans up passes", "[01][leaks]") {
    const verdict result = run_hidden("[.leaves-nothing]");
    CHECK(result.status.success());
    CHECK(result.err.empty());
}
