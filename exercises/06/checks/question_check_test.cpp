// What stands in a question to the primary: who asks alike shares a socket.
#include <cerrno>

#include "exercises/06/checks/asked_primary.hpp"

using namespace kit_06;

namespace {

std::string index_of(const asked_primary& primary, std::size_t question) {
    return primary.questions.at(question).value("index", json()).dump();
}

/// The numbers of the questions, in their order.
std::string indices(const asked_primary& primary) {
    std::string result;
    for (std::size_t n = 0; n < primary.questions.size(); ++n) {
        result += (n == 0 ? "" : " ") + index_of(primary, n);
    }
    return result;
}

/// What an app may want, and what its question says then.
struct wish {
    std::string words;
    std::function<void(net::listen_options&)> say;
    std::string promised;
};
std::vector<wish> wishes() {
    using options = net::listen_options;
    return {
        {"every address", [](options&) {}, "address null, port 8000, type 4, fd null"},
        {"127.0.0.1", [](options& it) { it.address = "127.0.0.1"; },
         "address \"127.0.0.1\", port 8000, type 4, fd null"},
        {"::1", [](options& it) { it.address = "::1"; },
         "address \"::1\", port 8000, type 6, fd null"},
        {"IPv6 alone", [](options& it) { it.only_ipv6 = true; },
         "address \"::\", port 8000, type 6, fd null, IPv6 only"},
        {"::1, IPv6 alone",
         [](options& it) {
             it.address = "::1";
             it.only_ipv6 = true;
         },
         "address \"::1\", port 8000, type 6, fd null, IPv6 only"},
        {"/run/app.sock", [](options& it) { it.path = "/run/app.sock"; },
         "address \"/run/app.sock\", port -1, type -1, fd null"},
        {"the primary's descriptor 7", [](options& it) { it.primary_fd = 7; },
         "address null, port null, type null, fd 7"},
        {"a backlog of 7", [](options& it) { it.backlog = 7; },
         "address null, port 8000, type 4, fd null, backlog 7"},
    };
}

std::string in_words(const json& question) {
    const auto field = [&](const char* name) { return question.value(name, json()); };
    std::string text = "address " + field("address").dump() + ", port " + field("port").dump() +
                       ", type " + field("addressType").dump() + ", fd " + field("fd").dump();
    const json flags = field("flags");
    if (flags.is_number_integer() && flags.get<int>() == 1) text += ", IPv6 only";
    if (!field("backlog").is_null()) text += ", backlog " + field("backlog").dump();
    return text;
}

}  // namespace

TEST_CASE("06: a question says how often its address was asked for before", "[kit]") {
    for (const int id : {1, 2}) {
        on_stage<asked_primary>(
            [&](asked_primary& primary) -> asio::awaitable<void> {
                const auto one = co_await listen_so(at_port("127.0.0.1", 0));
                const auto two = co_await listen_so(at_port("127.0.0.1", 0));
                const auto three = co_await listen_so(at_port("::1", 0));
                const auto four = co_await listen_so(at_port("127.0.0.1", 8000));
                const unique_fd datagrams = support::bind_udp("127.0.0.1", 0);
                primary.answer = [&](const auto& question) { primary.grant(question, datagrams); };
                const std::string five = co_await bind_so("127.0.0.1", 0);
                const std::string six = co_await bind_so("127.0.0.1", 0);
                expect("worker " + std::to_string(id) +
                           " asks for 127.0.0.1:0 twice, for [::1]:0, for 127.0.0.1:8000, and "
                           "twice for datagrams at 127.0.0.1:0; their indices",
                       indices(primary), "0 1 0 0 0 1");
            },
            id);
    }
}

TEST_CASE("06: each field of a question says what was asked for", "[kit]") {
    for (const wish& each : wishes()) {
        on_stage<asked_primary>([&](asked_primary& primary) -> asio::awaitable<void> {
            net::listen_options where = at_port("", 8000);
            each.say(where);
            const auto result = co_await listen_so(where);
            if (primary.questions.empty()) {
                FAIL("observed: for " << each.words << " listen came to " << result.words
                                      << ", and the primary was asked nothing");
            }
            expect("asked for: " + each.words, in_words(primary.questions[0]), each.promised);
        });
    }
}

TEST_CASE("06: a question that was refused, or whose server was closed, does not count", "[kit]") {
    on_stage<asked_primary>([](asked_primary& primary) -> asio::awaitable<void> {
        const net::listen_options there = at_port("127.0.0.1", 0);
        primary.answer = [&](const auto& question) { primary.refuse(question, EADDRINUSE); };
        const auto refused = co_await listen_so(there);
        primary.answer = [&](const auto& question) { primary.grant(question); };
        auto one = co_await listen_so(there);
        expect("the first question was refused, and is asked again; index", indices(primary),
               "0 0");
        auto two = co_await listen_so(there);
        if (one.server) one.server->close();
        co_await primary.until_heard([&] { return !primary.closed.empty(); },
                                     "the worker closed a server, and has not told the primary");
        expect("the worker closed the first of two servers; key that the primary hears",
               primary.closed[0], "socket 1");
        auto three = co_await listen_so(there);
        auto four = co_await listen_so(there);
        const std::string open = index_of(primary, 2);
        for (const std::size_t n : {3U, 4U}) {
            if (index_of(primary, n) != open) continue;
            FAIL("observed: a question has index " << open << ", as one whose server is open");
        }
        for (outcome* each : {&two, &three, &four}) {
            if (each->server) each->server->close();
        }
        auto last = co_await listen_so(there);
        expect("all servers of this address were closed, and it is asked for again; index",
               index_of(primary, primary.questions.size() - 1), "0");
    });
}
