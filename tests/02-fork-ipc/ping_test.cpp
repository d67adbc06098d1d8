// The programs of the stage and their twins in Node.
#include <algorithm>
#include <csignal>

#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

struct outcome {
    std::string out;
    exit_status status = exit_status::exited(0);
};

spawn_options reading_output() {
    spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::inherit()};
    return options;
}

outcome run_to_end(const std::string& program, const std::vector<std::string>& arguments) {
    outcome result;
    tests::run([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child process = spawn(executor, program, arguments, reading_output());
        result.out = co_await read_all(process.out());
        result.status = co_await process.wait();
    });
    return result;
}

// Process numbers become names, in the order in which they appear: P0, P1.
std::string without_pids(const std::string& text) {
    const char* const digits = "0123456789";
    std::vector<std::string> seen;
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find_first_not_of(digits, at), text.size());
        const std::string number = text.substr(at, end - at);
        if (number.size() < 2) {  // no number, or an exit code
            result += text[at++];
            continue;
        }
        const auto known = std::find(seen.begin(), seen.end(), number);
        result += "P" + std::to_string(known - seen.begin());
        if (known == seen.end()) seen.push_back(number);
        at = end;
    }
    return result;
}

const char* const conversation =
    "[parent P0] started child P1\n"
    "[parent P0] sends {\"hello\":\"child\"}\n"
    "[child P1] received {\"hello\":\"child\"}\n"
    "[child P1] sends {\"hello\":\"parent\"}\n"
    "[parent P0] received {\"hello\":\"parent\"}\n"
    "[parent P0] disconnects\n"
    "[child P1] the parent disconnected\n"
    "[parent P0] child P1 ended: code 0\n";

}  // namespace

TEST_CASE("our parent and our child talk", "[02][ping]") {
    const outcome ours =
        run_to_end(stage_program("02-fork-ipc", "ping_parent"), {"--", "--delay", "300"});
    CHECK(without_pids(ours.out) == conversation);
    CHECK(ours.status.success());
}

TEST_CASE("parents and children of both kinds talk crosswise, and say the same", "[02][ping]") {
    if (!tests::node_is_here()) return;
    const std::string our_child = stage_program("02-fork-ipc", "ping_child");
    const std::string node_child = source_file("02-fork-ipc/node/ping_child.js");
    const std::vector<std::vector<std::string>> children = {{our_child}, {"node", node_child}};
    const std::vector<std::vector<std::string>> parents = {
        {stage_program("02-fork-ipc", "ping_parent")},
        {"node", source_file("02-fork-ipc/node/ping_parent.js")}};
    for (const auto& parent : parents) {
        for (const auto& child : children) {
            std::vector<std::string> arguments(parent.begin() + 1, parent.end());
            arguments.insert(arguments.end(), {"--child", child.front(), "--"});
            arguments.insert(arguments.end(), child.begin() + 1, child.end());
            // Longer than the first message takes, so that the lines have one order.
            arguments.insert(arguments.end(), {"--delay", "500"});
            const outcome result = run_to_end(parent.front(), arguments);
            INFO(parent.back() << " with " << child.back());
            CHECK(without_pids(result.out) == conversation);
            CHECK(result.status.success());
        }
    }
}

TEST_CASE("a parent whose child says nothing ends with code 1", "[02][ping]") {
    const outcome result =
        run_to_end(stage_program("02-fork-ipc", "ping_parent"), {"--child", "true"});
    CHECK(result.status.code() == 1);
    CHECK(result.out.find("disconnected without an answer") != std::string::npos);
}

TEST_CASE("a child without a channel says what is missing", "[02][ping]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        child alone = spawn(executor, stage_program("02-fork-ipc", "ping_child"));
        const std::string said = co_await read_all(alone.err());
        CHECK(said.find("there is no channel") != std::string::npos);
        const exit_status status = co_await alone.wait();
        CHECK(status.code() == 1);
    });
}

TEST_CASE("a signal ends parent and child", "[02][ping]") {
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments = {"--", "--delay", "60000"};
        child parent = spawn(executor, stage_program("02-fork-ipc", "ping_parent"), arguments,
                             reading_output());
        std::string out;
        while (out.find("received") == std::string::npos) {
            const auto chunk = co_await parent.out().read();
            REQUIRE(chunk.has_value());
            out += *chunk;
        }
        parent.kill(SIGINT);
        // The output ends when the last that could write has ended: the child too.
        const exit_status status = co_await parent.wait_closed();
        CHECK(status == exit_status::exited(0));
    });
}
