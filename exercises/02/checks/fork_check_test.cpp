// Both sides of a fork: what the parent keeps, what the child finds, and what it hands on.
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "02-fork-ipc/fork.hpp"
#include "exercises/02/checks/peers.hpp"
#include "exercises/02/checks/roles.hpp"
#include "support/sockets.hpp"
#include "support/syscall.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"
#include "tests/leaks.hpp"

using namespace child_process;

namespace {

constexpr const char* role = "role takes its channel and becomes a shell";

// The descriptors of this process that a fork has added, but for our end of the channel and the
// pidfd.
std::string left_open(const std::map<int, std::string>& before, const forked& child) {
    std::string words;
    for (const auto& [fd, target] : tests::open_descriptors()) {
        const bool socket = target.starts_with("socket:");
        if (!socket || before.count(fd) > 0 || fd == child.channel_end.get()) continue;
        words += " descriptor " + std::to_string(fd) + " (" + target + ")";
    }
    return words.empty() ? " nothing that explains it" : words;
}

// Whether a stream's other end is closed by everybody.
bool has_ended(int fd) {
    pollfd end{fd, POLLIN | POLLRDHUP, 0};
    return ::poll(&end, 1, 0) == 1 && (end.revents & (POLLHUP | POLLRDHUP)) != 0;
}

// What a forked shell says of its channel.
asio::awaitable<std::string> found_by_child(int channel_fd, std::optional<environment> env) {
    const std::string number = std::to_string(channel_fd);
    const std::string script =
        "echo \"NODE_CHANNEL_FD=$NODE_CHANNEL_FD\";"
        "echo \"NODE_CHANNEL_SERIALIZATION_MODE=$NODE_CHANNEL_SERIALIZATION_MODE\";"
        "echo \"KEPT=$KEPT\";"
        "if test -S /proc/$$/fd/" +
        number + "; then echo socket at " + number + "; else echo no socket at " + number + "; fi";
    spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::inherit()};
    options.env = std::move(env);
    const auto executor = co_await asio::this_coro::executor;
    const std::vector<std::string> arguments = {"-c", script};
    forked child = fork(executor, "/bin/sh", arguments, options, channel_fd);
    const std::string found = co_await tests::read_all(child.process.out());
    static_cast<void>(co_await child.process.wait());
    co_return found;
}

// What fork() makes of a position that the options use; empty if it refuses it.
std::string made_of_taken_position(const asio::any_io_executor& executor) try {
    spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::ignore(), stdio::inherit()};
    const forked child = fork(executor, "/bin/true", {}, options, 1);
    return "started a child";
} catch (const std::invalid_argument&) {
    return "";
} catch (const std::exception& error) {
    return std::string("said: ") + error.what();
}

// A forked process, started without the code under test: what the program found that it became.
asio::awaitable<std::string> found_by_program_of_child(int channel_fd) {
    const auto executor = co_await asio::this_coro::executor;
    const auto pair = support::make_socket_pair();
    std::vector<stdio> descriptors(static_cast<std::size_t>(channel_fd) - 3, stdio::ignore());
    descriptors.push_back(stdio::descriptor(pair.first.get()));
    auto process = kit::play(executor, role,
                             environment{{"NODE_CHANNEL_FD", std::to_string(channel_fd)},
                                         {"NODE_CHANNEL_SERIALIZATION_MODE", "json"}},
                             descriptors);
    std::string found = co_await tests::read_all(process.out());
    static_cast<void>(co_await process.wait());
    for (char& c : found) c = c == '\n' ? ' ' : c;
    co_return found;
}

}  // namespace

TEST_CASE("a parent sees the end of its channel when the child has ended") {
    tests::run([]() -> asio::awaitable<void> {
        const auto before = tests::open_descriptors();
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments = {"-c", "exit 0"};
        forked child = fork(executor, "/bin/sh", arguments);
        const pid_t pid = child.process.pid();
        static_cast<void>(co_await child.process.wait());
        if (!has_ended(child.channel_end.get())) {
            FAIL_CHECK("observed: child " << pid
                                          << " has ended and is reaped, but its channel, our "
                                          << "descriptor " << child.channel_end.get()
                                          << ", has no end: somebody still holds the other end; "
                                          << "this process holds" << left_open(before, child));
        }
    });
    SUCCEED();
}

TEST_CASE("a child is told the number of its channel, and finds it there") {
    tests::run([]() -> asio::awaitable<void> {
        ::setenv("KEPT", "yes", 1);
        for (const int number : {3, 5}) {
            for (const bool own : {false, true}) {
                std::optional<environment> env;
                if (own) env = environment{{"KEPT", "yes"}};
                const std::string found = co_await found_by_child(number, env);
                const std::string where = std::to_string(number);
                const std::string expected = "NODE_CHANNEL_FD=" + where +
                                             "\nNODE_CHANNEL_SERIALIZATION_MODE=json\nKEPT=yes\n"
                                             "socket at " +
                                             where + "\n";
                if (found == expected) continue;
                FAIL_CHECK("observed: a child with its channel at "
                           << where << " and "
                           << (own ? "the environment of its options" : "our environment")
                           << " found: " << found << "expected: " << expected);
            }
        }
        ::unsetenv("KEPT");
        const auto made = made_of_taken_position(co_await asio::this_coro::executor);
        if (!made.empty()) {
            FAIL_CHECK(
                "observed: the options give descriptors 0 to 2, the channel was wanted at 1, "
                << "and fork() " << made << "; expected: std::invalid_argument");
        }
    });
    SUCCEED();
}

TEST_CASE("role takes its channel and becomes a shell", "[.role]") {
    kit::begin_role();
    try {
        const auto channel = inherited_channel();
        const std::string script = "env | grep ^NODE_CHANNEL; readlink /proc/$$/fd/" +
                                   std::to_string(channel.value().get());
        ::execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
    } catch (const std::exception& error) {
        std::cout << "nothing, for inherited_channel() failed: " << error.what() << std::flush;
    }
    ::_exit(1);
}

TEST_CASE("a program that the child starts finds neither the channel nor its variables") {
    tests::run([]() -> asio::awaitable<void> {
        constexpr int number = 5;
        const std::string found = co_await found_by_program_of_child(number);
        if (!found.empty()) {
            FAIL_CHECK("observed: a child had its channel at "
                       << number << "; a program that it started found " << found);
        }
    });
}
