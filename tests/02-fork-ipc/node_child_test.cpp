// Our parent with a real Node child.
#include "02-fork-ipc/fork.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

forked fork_node(const asio::any_io_executor& executor, const std::string& script,
                 const spawn_options& options = spawn_options(), int channel_fd = 3) {
    const std::string path = tests::source_file("tests/02-fork-ipc/node/" + script);
    return fork(executor, "node", std::vector<std::string>{path}, options, channel_fd);
}

spawn_options with_in_and_out() {
    spawn_options options;
    options.descriptors = {stdio::pipe(), stdio::pipe()};
    return options;
}

json reply(const json& to) {
    return {{"reply", to}};
}

asio::awaitable<void> expect_exit(child& process, int code) {
    const exit_status status = co_await process.wait();
    CHECK(status == exit_status::exited(code));
}

}  // namespace

TEST_CASE("every kind of message goes to a Node child and back", "[02][node]") {
    if (!tests::node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked node = fork_node(executor, "echoes.js");
        channel to(executor, std::move(node.channel_end));
        const json kinds = json::parse(
            R"(["str", 42, true, null, {"a": [1, 2], "d": "1970-01-01T00:00:00.000Z"}, [], "",
                {"u": "é\n\"x\" 😀"}, -1.5, {"cmd": "NODE_"}, "last"])");
        const json internal = json::parse(R"({"cmd":"NODE_user","x":1})");
        to.post(internal);
        for (const json& message : kinds) to.post(message);
        for (const json& message : kinds) co_await expect(to, reply(message));
        co_await to.disconnect();
        co_await expect_exit(node.process, 0);
    });
}

TEST_CASE("10 MB, and text of many bytes a letter, go to a Node child and back", "[02][node]") {
    if (!tests::node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked node = fork_node(executor, "echoes.js");
        channel to(executor, std::move(node.channel_end));
        std::string letters;
        while (letters.size() < 100'000) letters += "añ€😀";
        to.post(letters);
        co_await expect(to, reply(letters));
        const json large = std::string(ten_megabytes, 'x');
        to.post(large);
        const auto back = co_await to.receive();
        const bool same = back == reply(large);
        CHECK(same);
    });
}

TEST_CASE("a Node child lives on when text of ours is not UTF-8", "[02][node]") {
    if (!tests::node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked node = fork_node(executor, "echoes.js");
        channel to(executor, std::move(node.channel_end));
        to.post("a\xff\xc3z");
        co_await expect(to, reply("a\xef\xbf\xbd\xef\xbf\xbdz"));
    });
}

TEST_CASE("half a surrogate pair from a Node child is replaced", "[02][node]") {
    if (!tests::node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        const std::vector<std::string> program = {"-e", R"(process.send("\ud83d");)"};
        forked node = fork(executor, "node", program);
        channel from(executor, std::move(node.channel_end));
        co_await expect(from, "\xef\xbf\xbd");
    });
}

TEST_CASE("2 MB sent to a Node child before a disconnect arrive whole", "[02][node]") {
    if (!tests::node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked node = fork_node(executor, "prints_lengths.js", with_in_and_out());
        channel to(executor, std::move(node.channel_end));
        to.post(std::string(2'000'000, 'x'));
        co_await to.disconnect();
        const std::string out = co_await read_all(node.process.out());
        CHECK(out == "2000000\ndisconnect\n");
        co_await expect_exit(node.process, 0);
    });
}

TEST_CASE("a Node child may disconnect first and live on", "[02][node]") {
    if (!tests::node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked node = fork_node(executor, "leaves_and_stays.js", with_in_and_out());
        channel from(executor, std::move(node.channel_end));
        co_await expect(from, "bye");
        co_await expect_end(from);
        CHECK_FALSE(node.process.status().has_value());
        node.process.in().end();
        co_await expect_exit(node.process, 0);
    });
}

TEST_CASE("a Node child finds its channel at another descriptor than 3", "[02][node]") {
    if (!tests::node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked node = fork_node(executor, "echoes.js", spawn_options(), 7);
        channel to(executor, std::move(node.channel_end));
        to.post("hello");
        co_await expect(to, reply("hello"));
    });
}

TEST_CASE("a Node child that passes a socket is told that nobody takes it, and goes on",
          "[02][node]") {
    if (!tests::node_is_here()) return;
    tests::run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        forked node = fork_node(executor, "passes_server.js");
        channel from(executor, std::move(node.channel_end));
        co_await expect(from, "after");
        co_await from.disconnect();
        co_await expect_exit(node.process, 0);
    });
}
