// What a channel does with the envelopes of its peer.
#include <fcntl.h>

#include "03-handle-passing/handle_channel.hpp"
#include "exercises/03/checks/scripted_peer.hpp"

using namespace child_process;
using namespace checks;

namespace {

struct channel_and_peer {
    explicit channel_and_peer(const asio::any_io_executor& executor)
        : channel_and_peer(executor, support::make_socket_pair()) {}
    channel_and_peer(const asio::any_io_executor& executor, support::socket_pair pair)
        : channel(executor, std::move(pair.first)), peer(executor, std::move(pair.second)) {}
    handle_channel channel;
    scripted_peer peer;
};

std::string announcing(const char* message) {
    return R"({"cmd":"NODE_HANDLE","type":"net.Server","msg":")" + std::string(message) + "\"}";
}

constexpr const char* acknowledged = R"({"cmd":"NODE_HANDLE_ACK"})";
constexpr const char* not_arrived = R"({"cmd":"NODE_HANDLE_NACK"})";
// A question that is answered at once, past any queue: whoever gives that answer and no other has
// not answered what was said before.
constexpr const char* question = R"({"cmd":"NODE_SOCKET_GET_COUNT","key":"?"})";
const std::string& its_answer() {
    static const std::string line = R"({"cmd":"NODE_SOCKET_COUNT","key":"?","count":0})";
    return line;
}

std::string in_words(const std::string& line) {
    if (line == acknowledged) return "\"arrived\"";
    if (line == not_arrived) return "\"not arrived\"";
    return line == its_answer() ? "no answer" : line;
}

// The next message, and which of `sockets` came with it: its number, -1 for none, -2 for another.
struct message_and_socket {
    std::string text;
    int which = -1;
};
asio::awaitable<message_and_socket> next_of(handle_channel& from,
                                            const std::vector<unique_fd>& sockets) {
    auto got = co_await from.receive();
    message_and_socket result;
    if (!got) co_return message_and_socket{"<end>"};
    result.text = got->message.is_string() ? got->message.get<std::string>() : got->message.dump();
    if (!got->passed) co_return result;
    result.which = -2;
    for (std::size_t n = 0; n < sockets.size(); ++n) {
        if (socket_behind(sockets[n].get()) == socket_behind(got->passed->fd())) {
            result.which = static_cast<int>(n);
        }
    }
    co_return result;
}

std::string socket_in_words(int which) {
    if (which == -1) return "no descriptor";
    return which == -2 ? "a descriptor that nobody sent" : "descriptor " + std::to_string(which);
}

}  // namespace

TEST_CASE("every descriptor goes to the message that announces it", "[03][check]") {
    std::string waits_for;
    judge(waits_for, [&]() -> asio::awaitable<void> {
        channel_and_peer both(co_await asio::this_coro::executor);
        std::vector<unique_fd> sockets;
        for (int n = 0; n < 3; ++n) sockets.push_back(support::listen_tcp("127.0.0.1", 0));
        // The first two lines come in one read; the last descriptor comes one message early.
        both.peer.say("\"plain\"");
        both.peer.say(announcing("with 0"), {sockets[0].get()});
        both.peer.say(announcing("with 1"), {sockets[1].get(), sockets[2].get()});
        both.peer.say(announcing("with 2"));
        both.peer.say("\"behind\"");
        const message_and_socket expected[] = {
            {"plain", -1}, {"with 0", 0}, {"with 1", 1}, {"with 2", 2}, {"behind", -1}};
        for (const message_and_socket& one : expected) {
            waits_for = "the message \"" + one.text + "\" had not been delivered";
            const auto got = co_await next_of(both.channel, sockets);
            INFO("observed: instead of \"" << one.text << "\" with " << socket_in_words(one.which)
                                           << " there came \"" << got.text << "\" with "
                                           << socket_in_words(got.which));
            REQUIRE(got.text == one.text);
            REQUIRE(got.which == one.which);
        }
    });
}

TEST_CASE("an envelope without its descriptor is answered: not arrived, and not delivered",
          "[03][check]") {
    std::string waits_for;
    judge(waits_for, [&]() -> asio::awaitable<void> {
        channel_and_peer both(co_await asio::this_coro::executor);
        const unique_fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        struct step {
            const char* what;
            std::vector<int> descriptors;
        };
        const std::vector<step> steps = {{"whose descriptor is missing", {}},
                                         {"whose descriptor is a file, no socket", {file.get()}}};
        for (const step& one : steps) {
            waits_for = "an envelope " + std::string(one.what) + " had got no answer";
            both.peer.say(announcing("not to be delivered"), one.descriptors);
            both.peer.say(question);
            const std::string answer = co_await both.peer.line();
            {
                INFO("observed: an envelope " << one.what
                                              << " got for an answer: " << in_words(answer));
                REQUIRE(answer == not_arrived);
            }
            const std::string behind = co_await both.peer.line();
            INFO("observed: behind that answer the peer read " << in_words(behind));
            REQUIRE(behind == its_answer());
        }
        both.peer.say("\"the next\"");
        waits_for = "the message behind the two had not been delivered";
        const auto got = co_await next_of(both.channel, {});
        INFO("observed: the next message is \"" << got.text << "\" with "
                                                << socket_in_words(got.which));
        CHECK(got.text == "the next");
    });
}

TEST_CASE("while our own handle waits for its answer, the peer's is answered", "[03][check]") {
    std::string waits_for = "our own handle had not been announced";
    judge(waits_for, [&]() -> asio::awaitable<void> {
        channel_and_peer both(co_await asio::this_coro::executor);
        both.channel.post("ours", server_to_pass());
        const std::string ours = co_await both.peer.line();
        {
            INFO("observed: the peer read " << ours);
            REQUIRE(ours == announcing("ours"));
        }
        waits_for = "the peer had got no answer to its handle";
        const unique_fd theirs = support::listen_tcp("127.0.0.1", 0);
        both.peer.say(announcing("theirs"), {theirs.get()});
        both.peer.say(question);
        const std::string answer = co_await both.peer.line();
        INFO("observed: each side has a handle under way, and to the peer's we gave "
             << in_words(answer));
        CHECK(answer == acknowledged);
    });
}
