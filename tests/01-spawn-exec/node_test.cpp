// The stage's programs beside the same in Node: they say the same.
#include "01-spawn-exec/exec.hpp"
#include "01-spawn-exec/spawn.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace child_process;

namespace {

// What the C++ program and its Node twin answer to the same words.
void check_same(const std::string& name, const std::vector<std::string>& words) {
    std::vector<std::string> twin{tests::source_file("01-spawn-exec/node/" + name + ".js")};
    twin.insert(twin.end(), words.begin(), words.end());
    const exec_result node = support::run(exec_file("node", twin));
    const exec_result ours =
        support::run(exec_file(tests::stage_program("01-spawn-exec", name), words));
    CAPTURE(name, words);
    CHECK(ours.out == node.out);
    CHECK(ours.status == node.status);
}

}  // namespace

TEST_CASE("spawn_demo says what its Node twin says", "[01][node]") {
    if (!tests::node_is_here()) return;
    for (const char* script : {"echo out", "echo err >&2; exit 7", "kill -9 $$",
                               "trap 'exit 42' TERM; kill -TERM $$", "exit 0"}) {
        check_same("spawn_demo", {"sh", "-c", script});
    }
    check_same("spawn_demo", {"echo", "$HOME", "; ls"});
    check_same("spawn_demo", {"no-such-command"});
}

TEST_CASE("exec_demo says what its Node twin says", "[01][node]") {
    if (!tests::node_is_here()) return;
    for (const char* command : {"echo one | tr a-z A-Z", "echo err >&2; exit 5", "kill -9 $$",
                                "rm no-such-file.txt", "echo 'two  words'"}) {
        check_same("exec_demo", {command});
    }
}

TEST_CASE("random_ports.js serves on a port of its own per process", "[01][node]") {
    if (!tests::node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> arguments{
            tests::source_file("01-spawn-exec/node/random_ports.js"), "--serve"};
        child server = spawn(executor, "node", arguments);
        const std::vector<std::uint16_t> ports = co_await tests::read_ports(server.out(), 1);
        REQUIRE(ports.size() == 1);
        CHECK((ports[0] >= 3000 && ports[0] <= 3999));
        const std::string answer = tests::http_get(ports[0], "/");
        CHECK(answer.find("hello from process " + std::to_string(server.pid())) !=
              std::string::npos);
        server.kill();
        co_await server.wait();
    });
}
