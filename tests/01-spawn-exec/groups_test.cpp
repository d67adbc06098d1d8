// Sessions, process groups, users, and who outlives whom.
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <sstream>

#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

struct identity {
    pid_t pid = 0;
    std::map<std::string, int> values;
};

// What reports_its_identity says: "uid 0 gid 0 other groups 0 process group 7 session 7".
std::map<std::string, int> values_in(const std::string& report) {
    std::map<std::string, int> values;
    std::istringstream words(report);
    std::string name;
    for (std::string word; words >> word;) {
        if (word.find_first_not_of("0123456789") == std::string::npos) {
            values[name] = std::stoi(word);
            name.clear();
        } else {
            name.append(name.empty() ? "" : " ").append(word);
        }
    }
    return values;
}

identity identity_with(const spawn_options& options) {
    identity result;
    tests::run([&]() -> asio::awaitable<void> {
        child process = spawn(co_await asio::this_coro::executor,
                              tests::program("reports_its_identity"), {}, options);
        result.pid = process.pid();
        const std::string report = co_await tests::read_all(process.out());
        result.values = values_in(report);
        co_await process.wait();
    });
    return result;
}

bool may_change_user() {
    if (::geteuid() != 0) std::cout << "SKIPPED: only root can change the user" << std::endl;
    return ::geteuid() == 0;
}

}  // namespace

TEST_CASE("a child stays in our session and process group unless told otherwise", "[01][groups]") {
    const identity found = identity_with({});
    CHECK(found.values.at("session") == ::getsid(0));
    CHECK(found.values.at("process group") == ::getpgid(0));
}

TEST_CASE("a detached child leads a session and a group of its own", "[01][groups]") {
    spawn_options options;
    options.detached = true;
    const identity found = identity_with(options);
    CHECK(found.values.at("session") == found.pid);
    CHECK(found.values.at("process group") == found.pid);
}

TEST_CASE("a child can lead a process group, and another can join it", "[01][groups]") {
    asio::io_context io(1);
    spawn_options options;
    options.process_group = 0;
    const child leader = spawn(io.get_executor(), "cat", {}, options);
    options.process_group = leader.pid();
    const identity member = identity_with(options);
    CHECK(member.values.at("process group") == leader.pid());
    CHECK(member.values.at("session") == ::getsid(0));
    CHECK(::getpgid(leader.pid()) == leader.pid());
}

TEST_CASE("a process group that is none is reported by setpgid", "[01][groups]") {
    asio::io_context io(1);
    spawn_options options;
    options.process_group = 1;  // the group of another session
    CHECK_THROWS_WITH(spawn(io.get_executor(), "true", {}, options),
                      "spawn true: setpgid: Operation not permitted");
}

TEST_CASE("root can start a program as somebody else, without its own groups", "[01][groups]") {
    if (!may_change_user()) return;
    spawn_options options;
    options.uid = 65534;
    options.gid = 65533;
    const identity found = identity_with(options);
    CHECK(found.values.at("uid") == 65534);
    CHECK(found.values.at("gid") == 65533);
    CHECK(found.values.at("other groups") == 0);
}

TEST_CASE("who is not root cannot change the user, and the step says so", "[01][groups]") {
    if (!may_change_user()) return;
    tests::run([]() -> asio::awaitable<void> {
        spawn_options options;
        options.uid = 65534;
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"0"};
        child nobody = spawn(executor, tests::program("spawns_as"), arguments, options);
        const std::string said = co_await tests::read_all(nobody.out());
        CHECK(said == "spawn true: setuid: Operation not permitted\n");
        co_await nobody.wait();
    });
}

TEST_CASE("the parent death signal reaches a child whose parent was killed", "[01][groups]") {
    tests::run([]() -> asio::awaitable<void> {
        // The middle process starts a grandchild that holds our pipe and would stay for ever.
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"--follow", "cat"};
        spawn_options options;
        options.descriptors = {stdio::pipe(), stdio::pipe(), stdio::ignore()};
        child middle = spawn(executor, tests::program("starts_and_waits"), arguments, options);
        const std::string started = co_await tests::read_line(middle.out());
        const pid_t grandchild = std::stoi(started);
        CHECK(::kill(grandchild, 0) == 0);
        middle.kill(SIGKILL);
        co_await middle.wait_closed();  // only the grandchild's end can end the pipe
    });
}

TEST_CASE("the parent death signal survives a change of user", "[01][groups]") {
    if (!may_change_user()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"--follow-as-nobody", "cat"};
        child middle = spawn(executor, tests::program("starts_and_waits"), arguments);
        co_await tests::read_line(middle.out());
        middle.kill(SIGKILL);
        co_await middle.wait_closed();
    });
}

TEST_CASE("a detached child outlives its parent", "[01][groups]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{"--detach", "cat"};
        child middle = spawn(executor, tests::program("starts_and_waits"), arguments);
        const std::string started = co_await tests::read_line(middle.out());
        const exit_status ended = co_await middle.wait();
        CHECK(ended.success());
        // The grandchild reads the pipe that its parent handed on, and answers.
        co_await middle.in().write("still here\n");
        const std::string answer = co_await tests::read_line(middle.out());
        CHECK(answer == "still here");
        CHECK(::getsid(std::stoi(started)) == std::stoi(started));
        middle.in().end();
        co_await middle.wait_closed();
    });
}
