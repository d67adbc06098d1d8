// A real Node parent with our child.
#include <algorithm>
#include <sstream>

#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

asio::awaitable<void> run_node(const std::vector<std::string>& arguments, std::string& out) {
    const auto executor = co_await asio::this_coro::executor;
    spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::inherit()};
    child node = spawn(executor, "node", arguments, options);
    out = co_await read_all(node.out());
    const exit_status status = co_await node.wait();
    CHECK(status == exit_status::exited(0));
}

// What a Node script of tests/02-fork-ipc/node prints.
std::string output_of(const std::string& script, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), source_file("tests/02-fork-ipc/node/" + script));
    std::string out;
    tests::run([&] { return run_node(arguments, out); });
    return out;
}

std::vector<std::string> sorted_lines(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace

TEST_CASE("a Node parent gets back from our child whatever it sends", "[02][node]") {
    if (!tests::node_is_here()) return;
    CHECK(output_of("sends_to_echo.js", {program("echoes_channel")}) ==
          "exit 0 null after 16 messages\n");
}

TEST_CASE("a Node parent sees our child send, leave and end", "[02][node]") {
    if (!tests::node_is_here()) return;
    const auto events = output_of("watches.js", {"stay", program("sends_and_leaves"), "10", "3"});
    CHECK(events.starts_with("message 12\n"));
    CHECK(events.ends_with("close\n"));
    CHECK(sorted_lines(events) ==
          std::vector<std::string>{"close", "disconnect", "exit 3 null", "message 12"});
}

TEST_CASE("2 MB that our child sends before it exits reach a Node parent whole", "[02][node]") {
    if (!tests::node_is_here()) return;
    const auto events =
        output_of("watches.js", {"stay", program("sends_and_leaves"), "2000000", "0"});
    CHECK(events.starts_with("message 2000002\n"));
}

TEST_CASE("our child ends when a Node parent disconnects", "[02][node]") {
    if (!tests::node_is_here()) return;
    // Node 20 never emits 'close' after its own disconnect.
    CHECK(output_of("watches.js", {"disconnect", program("echoes_channel"), "4"}) ==
          "disconnect\nexit 4 null\n");
}

TEST_CASE("a Node parent sees our child killed", "[02][node]") {
    if (!tests::node_is_here()) return;
    const auto events = output_of("watches.js", {"kill", program("echoes_channel")});
    CHECK(sorted_lines(events) ==
          std::vector<std::string>{"close", "disconnect", "exit null SIGKILL"});
}

TEST_CASE("our child refuses a Node parent's advanced serialization in clear words", "[02][node]") {
    if (!tests::node_is_here()) return;
    CHECK(output_of("asks_for_advanced.js", {program("echoes_channel")}) ==
          "error: NODE_CHANNEL_SERIALIZATION_MODE=advanced: only V8 can read this; start the child "
          "with serialization 'json'\nexit 1\n");
}
