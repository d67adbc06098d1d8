// The events of a primary, in their order: real Node's, and ours, through the same stories.
#include <algorithm>
#include <map>
#include <sstream>

#include "01-spawn-exec/exec.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

using namespace tests;

namespace {

/// What was told of each worker.
using node_story = std::map<int, std::vector<std::string>>;

node_story read_story(const std::string& lines) {
    node_story result;
    std::istringstream text(lines);
    int id = 0;
    for (std::string event; text >> id && std::getline(text >> std::ws, event);) {
        result[id].push_back(event);
    }
    return result;
}

/// The end of the channel and that of the process come to Node from different sources, and it tells
/// them as they come. Here the channel goes first.
node_story with_exit_last(node_story told) {
    for (auto& [id, events] : told) {
        std::stable_partition(events.begin(), events.end(),
                              [](const std::string& event) { return !event.starts_with("exit "); });
    }
    return told;
}

using story_words = std::vector<std::string>;

story_words node_leads(const std::string& scenario) {
    return {"node", source_file("tests/06-cluster-lib/node/scenarios.js"), scenario};
}

story_words we_lead(const std::string& scenario) {
    return {program("scenarios"), scenario};
}

/// The same with workers of the other kind.
story_words node_leads_ours(const std::string& scenario) {
    story_words words = node_leads(scenario);
    words.push_back(program("scenarios"));
    return words;
}

story_words we_lead_node(const std::string& scenario) {
    story_words words = we_lead(scenario);
    words.push_back(source_file("tests/06-cluster-lib/node/scenarios.js"));
    return words;
}

asio::awaitable<node_story> story_told_by(story_words words) {
    const story_words arguments(words.begin() + 1, words.end());
    const auto result = co_await child_process::exec_file(words.front(), arguments);
    INFO(result.out << result.err);
    CHECK(result.status.code() == 0);
    co_return read_story(result.out);
}

/// Node's own telling, more than once: what it leaves open is not compared.
node_story story_of_node(const std::string& scenario) {
    node_story first;
    for (int telling = 0; telling < 2; ++telling) {
        tests::run([&]() -> asio::awaitable<void> {
            const node_story told = with_exit_last(co_await story_told_by(node_leads(scenario)));
            if (telling == 0) first = told;
            CHECK_FALSE(told.empty());
            REQUIRE(told == first);
        });
    }
    return first;
}

/// With Node workers and with ours; our own telling is compared as it stands.
void check_story(const std::string& scenario) {
    INFO(scenario);
    const node_story expected = story_of_node(scenario);
    tests::run([&]() -> asio::awaitable<void> {
        const node_story over_node = co_await story_told_by(we_lead_node(scenario));
        CHECK(over_node == expected);
        const node_story ours = co_await story_told_by(we_lead(scenario));
        CHECK(ours == expected);
        const node_story under_node = co_await story_told_by(node_leads_ours(scenario));
        CHECK(with_exit_last(under_node) == expected);
    });
}

/// With Node workers only.
void check_story_of_node_workers(const std::string& scenario) {
    INFO(scenario);
    const node_story expected = story_of_node(scenario);
    tests::run([&]() -> asio::awaitable<void> {
        const node_story over_node = co_await story_told_by(we_lead_node(scenario));
        CHECK(over_node == expected);
    });
}

}  // namespace

TEST_CASE("a worker that its primary disconnects gives the events that it gives in Node",
          "[06][node]") {
    if (!node_is_here()) return;
    check_story("disconnected");
}

TEST_CASE("a worker that is told to leave before it listens gives the events that it gives in Node",
          "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string scenario : {"told_early", "told_online"}) check_story(scenario);
}

TEST_CASE("a worker that leaves on purpose gives the events that it gives in Node", "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string scenario : {"leaves", "kills_itself"}) check_story(scenario);
    check_story_of_node_workers("hangs_up");  // ours has no way to do that
}

TEST_CASE("a worker that fails gives the events that it gives in Node", "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string scenario : {"crashes", "exits"}) check_story(scenario);
}

TEST_CASE("a worker that is killed gives the events that it gives in Node", "[06][node]") {
    if (!node_is_here()) return;
    check_story("killed_hard");
}

TEST_CASE("SIGTERM ends a Node worker as in Node, and is a wish to a worker of ours",
          "[06][node]") {
    if (!node_is_here()) return;
    check_story_of_node_workers("killed");
    tests::run([]() -> asio::awaitable<void> {
        const node_story expected{{1,
                                   {"fork", "online", "listening 127.0.0.1 4", "disconnect",
                                    "exit 0 null after_disconnect=false"}}};
        const node_story ours = co_await story_told_by(we_lead("killed"));
        CHECK(ours == expected);
        const node_story under_node = co_await story_told_by(node_leads_ours("killed"));
        CHECK(with_exit_last(under_node) == expected);
    });
}

TEST_CASE("messages stand where they stand among the events of Node", "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string scenario : {"speaks_first", "is_spoken_to"}) check_story(scenario);
}

TEST_CASE("a failed listen gives the events that it gives in Node", "[06][node]") {
    if (!node_is_here()) return;
    check_story("fails_to_listen");
}

TEST_CASE("two workers give the events that they give in Node", "[06][node]") {
    if (!node_is_here()) return;
    check_story("two_workers");
}

TEST_CASE("two sockets, and a datagram socket, give the events that they give in Node",
          "[06][node]") {
    if (!node_is_here()) return;
    for (const std::string scenario : {"two_sockets", "datagrams"}) check_story(scenario);
}

TEST_CASE("a worker that is forked where another has ended gives the events that it gives in Node",
          "[06][node]") {
    if (!node_is_here()) return;
    check_story("replaced");
}
