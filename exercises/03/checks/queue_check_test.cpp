// The rules of the queue, which knows no socket to write to.
#include <algorithm>
#include <utility>

#include "03-handle-passing/handle_queue.hpp"
#include "exercises/03/checks/scripted_peer.hpp"

using namespace child_process;
using namespace checks;

namespace {

// All that may leave now, in its order, with a star where a descriptor rides. Stops at ten lines.
std::string leaving(handle_queue& queue) {
    std::string result;
    for (int lines = 0; lines < 10; ++lines) {
        const auto out = queue.next();
        if (!out) break;
        if (out->fd != -1) queue.departed();
        result += (result.empty() ? "" : " ") + out->line + (out->fd != -1 ? "*" : "");
    }
    return result;
}

const char* words(const std::optional<handle_queue::settled>& outcome) {
    if (!outcome) return "no outcome";
    if (outcome->result == delivery::arrived) return "arrived";
    return outcome->result == delivery::refused ? "refused" : "disconnected";
}

}  // namespace

TEST_CASE("nothing overtakes a handle that is not answered yet", "[03][check]") {
    handle_queue queue;
    queue.push("before");
    queue.push("first", server_to_pass());
    queue.push("behind");
    queue.push("second", server_to_pass());
    queue.push("last");
    const std::string at_once = leaving(queue);
    {
        INFO("observed: before any answer there left: " << at_once);
        REQUIRE(at_once == "before first*");
    }
    queue.answered(true);
    const std::string then = leaving(queue);
    {
        INFO("observed: after the first handle had arrived there left: " << then);
        REQUIRE(then == "behind second*");
    }
    queue.answered(true);
    const std::string rest = leaving(queue);
    INFO("observed: after the second handle had arrived there left: " << rest);
    CHECK(rest == "last");
    CHECK(queue.empty());
}

TEST_CASE("a connection that did not arrive is offered again, four times in all", "[03][check]") {
    handle_queue queue;
    auto line = support::make_socket_pair();
    const ino_t socket = socket_behind(line.first.get());
    queue.push("connection", handle(std::move(line.first)));
    int offers = 0;
    std::optional<handle_queue::settled> outcome;
    while (!outcome && offers < 10) {
        const auto out = queue.next();
        if (!out) break;
        ++offers;
        const bool same = out->line == "connection" && socket_behind(out->fd) == socket;
        INFO("observed: offer " << offers << " is the line \"" << out->line << "\" with descriptor "
                                << out->fd << ", "
                                << (same ? "the connection" : "which is not the connection"));
        REQUIRE(same);
        queue.departed();
        outcome = queue.answered(false);
    }
    INFO("observed: \"not arrived\" every time, and the connection was offered "
         << offers << " times; then " << words(outcome));
    CHECK(offers == 4);
    REQUIRE(outcome);
    CHECK(outcome->result == delivery::refused);
}

TEST_CASE("what the end of a channel catches is closed and told of, each handle once",
          "[03][check]") {
    handle_queue queue;
    auto under_way = support::make_socket_pair();
    auto queued = support::make_socket_pair();
    std::vector<std::uint64_t> tickets;
    tickets.push_back(queue.push("under way", handle(std::move(under_way.first))));
    queue.push("without a handle");
    tickets.push_back(queue.push("queued", handle(std::move(queued.first))));
    REQUIRE(leaving(queue) == "under way*");
    std::vector<std::uint64_t> told;
    bool disconnected = true;
    for (const auto& outcome : queue.abandon()) {
        told.push_back(outcome.ticket);
        disconnected = disconnected && outcome.result == delivery::disconnected;
    }
    std::sort(told.begin(), told.end());
    INFO("observed: with one handle under way and one queued, " << told.size()
                                                                << " outcomes were told");
    CHECK(told == tickets);
    CHECK(disconnected);
    INFO("observed: our copy of the one under way is "
         << (hung_up(under_way.second.get()) ? "closed" : "open") << ", of the queued one "
         << (hung_up(queued.second.get()) ? "closed" : "open"));
    CHECK(hung_up(under_way.second.get()));
    CHECK(hung_up(queued.second.get()));
    const std::size_t again = queue.abandon().size();
    INFO("observed: given up once more, " << again << " outcomes were told; empty() is "
                                          << queue.empty() << ", size() " << queue.size());
    CHECK(again == 0);
    CHECK(queue.empty());
    CHECK(queue.size() == 0);
}

TEST_CASE("an answer to what has not left yet answers nothing", "[03][check]") {
    handle_queue queue;
    for (const char* which : {"first", "second"}) {
        auto line = support::make_socket_pair();
        queue.push("x", handle(std::move(line.first)));
        for (const char* offer : {"offered", "offered again"}) {
            REQUIRE(queue.next());
            const auto early = queue.answered(true);
            INFO("observed: the " << which << " handle was " << offer
                                  << " and its descriptor had not left; an answer was taken for: "
                                  << words(early));
            REQUIRE_FALSE(early);
            REQUIRE_FALSE(hung_up(line.second.get()));
            queue.departed();
            if (std::string_view(offer) == "offered") REQUIRE_FALSE(queue.answered(false));
        }
        const auto outcome = queue.answered(true);
        INFO("observed: the " << which
                              << " handle had left; its answer was taken for: " << words(outcome));
        REQUIRE(outcome);
        CHECK(outcome->result == delivery::arrived);
    }
}

TEST_CASE("what is no connection is not sent again", "[03][check]") {
    auto bare = support::make_socket_pair();
    std::vector<std::pair<const char*, handle>> others;
    others.emplace_back("a server", server_to_pass());
    others.emplace_back("a datagram socket", handle(support::bind_udp("127.0.0.1", 0)));
    others.emplace_back("a native handle", handle(std::move(bare.first)).as_native());
    for (auto& [what, passed] : others) {
        handle_queue queue;
        queue.push("announced", std::move(passed));
        queue.push("behind");
        REQUIRE(leaving(queue) == "announced*");
        const auto outcome = queue.answered(false);
        const std::string then = leaving(queue);
        INFO("observed: " << what << " did not arrive; that was taken for: " << words(outcome)
                          << ", and there left: " << then);
        REQUIRE(outcome);
        CHECK(outcome->result == delivery::refused);
        CHECK(then == "behind");
    }
}

TEST_CASE("size and handles count what is queued, and no more", "[03][check]") {
    handle_queue queue;
    auto line = support::make_socket_pair();
    queue.push("before");
    queue.push("connection", handle(std::move(line.first)));
    queue.push("server", server_to_pass());
    const auto judge_counts = [&](const char* when, std::size_t bytes, std::size_t handles) {
        INFO("observed: " << when << " size() is " << queue.size() << " instead of " << bytes
                          << " and handles() " << queue.handles() << " instead of " << handles);
        CHECK(queue.size() == bytes);
        CHECK(queue.handles() == handles);
    };
    judge_counts("with three lines queued,", 22, 2);
    REQUIRE(queue.next());
    judge_counts("when the plain line had left,", 16, 2);
    REQUIRE(queue.next());
    judge_counts("with the connection under way,", 6, 1);
    queue.departed();
    REQUIRE_FALSE(queue.answered(false));
    REQUIRE(queue.next());
    judge_counts("with the connection under way once more,", 6, 1);
    queue.departed();
    REQUIRE(queue.answered(true));
    REQUIRE(queue.next());
    judge_counts("with the last line under way,", 0, 0);
}
