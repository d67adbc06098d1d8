// What stands at each descriptor of a forked child, and which announced channels a child refuses.
#include <fcntl.h>

#include <cstdlib>
#include <filesystem>

#include "02-fork-ipc/fork.hpp"
#include "exercises/02/checks/peers.hpp"
#include "support/sockets.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

constexpr const char* fd_variable = "NODE_CHANNEL_FD";
constexpr const char* mode_variable = "NODE_CHANNEL_SERIALIZATION_MODE";

// What a process has open at a number; spawn() has returned, so that it is the new program already.
std::string found_at(const std::string& process, int number) {
    std::error_code none;
    const auto link =
        std::filesystem::read_symlink("/proc/" + process + "/fd/" + std::to_string(number), none);
    return none ? "nothing" : link.string();
}

// What is wrong with the descriptors of a child that has its channel at `channel_fd` and is given
// no others; empty if nothing is.
asio::awaitable<std::string> wrong_descriptors(int channel_fd) {
    const auto executor = co_await asio::this_coro::executor;
    forked child = fork(executor, "/bin/sleep", {"60"}, spawn_options(), channel_fd);
    const std::string pid = std::to_string(child.process.pid());
    std::string words;
    for (int number = 0; number <= std::max(channel_fd, 2); ++number) {
        const std::string found = found_at(pid, number);
        const std::string ours = found_at("self", number);
        const std::string expected = number == channel_fd ? "socket:"
                                     : number < 3         ? ours
                                                          : "/dev/null";
        if (found == expected || (number == channel_fd && found.starts_with(expected))) continue;
        words += " at " + std::to_string(number) + " " + found +
                 (found == ours ? ", which is this process's own" : "") +
                 " (expected: " + expected + (number < 3 && number != channel_fd ? ", ours" : "") +
                 ");";
    }
    child.process.kill(SIGKILL);
    static_cast<void>(co_await child.process.wait());
    co_return words;
}

// What inherited_channel() says when the environment announces `number`.
std::string said_of(const std::string& number, const char* mode = "json") {
    ::setenv(fd_variable, number.c_str(), 1);
    ::setenv(mode_variable, mode, 1);
    std::string said = "took descriptor ";
    try {
        auto channel = inherited_channel();
        said = channel ? said + std::to_string(channel->release()) : "said that there is none";
    } catch (const std::runtime_error&) {
        said = "refused";
    }
    ::unsetenv(fd_variable);
    ::unsetenv(mode_variable);
    return said;
}

}  // namespace

TEST_CASE("a child finds our first three descriptors, and /dev/null up to its channel") {
    tests::run([]() -> asio::awaitable<void> {
        // The lowest free number: this process has something at every position below it.
        const support::unique_fd own(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
        for (const int channel_fd : {1, 3, own.get() + 1}) {
            const std::string wrong = co_await wrong_descriptors(channel_fd);
            if (wrong.empty()) continue;
            FAIL_CHECK("observed: a child was forked with its channel at "
                       << channel_fd << " and no other descriptors given; it has" << wrong);
        }
    });
    SUCCEED();
}

TEST_CASE(
    "a child refuses an announced channel that is none, and has none when none is announced") {
    const kit::busy_limit limit;
    ::unsetenv(fd_variable);
    ::unsetenv(mode_variable);
    std::string unannounced = "said that there is one";
    try {
        if (!inherited_channel()) unannounced = "";
    } catch (const std::exception& error) {
        unannounced = std::string("failed: ") + error.what();
    }
    if (!unannounced.empty()) {
        FAIL_CHECK("observed: no channel is announced, and inherited_channel() " << unannounced);
    }
    const support::unique_fd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const auto pair = support::make_socket_pair();
    const support::unique_fd copy(::fcntl(pair.first.get(), F_DUPFD_CLOEXEC, 3));
    const std::string channel = std::to_string(copy.get());
    const std::string closed = std::to_string(support::unique_fd(::dup(file.get())).get());
    const std::vector<std::array<std::string, 3>> all = {
        {"three", "json", "no number"},
        {std::to_string(file.get()), "json", "a file"},
        {closed, "json", "closed"},
        {channel, "advanced", "a socket, but its mode is one that only V8 can read"}};
    for (const auto& [number, mode, what] : all) {
        const std::string said = said_of(number, mode.c_str());
        if (said == "refused") continue;
        FAIL_CHECK("observed: the environment announces " << number << ", which is " << what
                                                          << "; inherited_channel() " << said);
    }
}
