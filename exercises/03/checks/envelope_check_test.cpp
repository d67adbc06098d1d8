// What a channel does with the envelopes of its peer.
#include <fcntl.h>

#include "03-handle-passing/handle_channel.hpp"
#include "exercises/03/checks/scripted_peer.hpp"
#include "tests/turns.hpp"

using namespace child_process;
using namespace checks;

namespace {

struct channel_and_peer {
    explicit channel_and_peer(const asio::any_io_executor& executor,
                              support::socket_pair pair = support::make_socket_pair())
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

TEST_CASE("a descriptor that was refused is not given to the next envelope", "[03][check]") {
    std::string waits_for;
    judge(waits_for, [&]() -> asio::awaitable<void> {
        channel_and_peer both(co_await asio::this_coro::executor);
        const unique_fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        std::vector<unique_fd> sockets;
        sockets.push_back(support::listen_tcp("127.0.0.1", 0));
        waits_for = "an envelope with a file got no answer";
        both.peer.say(announcing("with a file"), {file.get()});
        co_await both.peer.line();  // others judge that answer
        waits_for = "the envelope behind one with a file got no answer";
        both.peer.say(announcing("with its own"), {sockets[0].get()});
        const std::string answer = co_await both.peer.line();
        {
            INFO("observed: an envelope came with a file, which is refused; the next one came with "
                 << "a server of its own, and got for an answer: " << in_words(answer));
            REQUIRE(answer == acknowledged);
        }
        const auto got = co_await next_of(both.channel, sockets);
        INFO("observed: behind an envelope with a file there came \""
             << got.text << "\" with " << socket_in_words(got.which));
        CHECK(got.text == "with its own");
        CHECK(got.which == 0);
    });
}

TEST_CASE("a peer that sends sockets and nobody receives them is not read for ever",
          "[03][check]") {
    std::string waits_for = "the first of many sockets had not been answered";
    judge(waits_for, [&]() -> asio::awaitable<void> {
        channel_and_peer both(co_await asio::this_coro::executor);
        const unique_fd socket = support::listen_tcp("127.0.0.1", 0);
        constexpr int fit = 1024 / 8;  // 1 MiB of 8 KiB each
        int taken = 0;
        for (bool reads = true; reads && taken < 2 * fit;) {
            both.peer.say(announcing("one more"), {socket.get()});
            reads = (co_await support::with_end(both.peer.line(), tests::settle())).has_value();
            if (reads) ++taken;
        }
        INFO("observed: nobody received, and " << taken << " sockets were taken in before reading "
                                               << "stopped; " << fit << " of 8 KiB make 1 MiB");
        CHECK(taken >= fit / 2);
        CHECK(taken <= fit + 2);
    });
}

TEST_CASE("a handle that comes while we leave is answered: not arrived", "[03][check]") {
    std::string waits_for = "our own handle had not been announced";
    judge(waits_for, [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        channel_and_peer both(executor);
        both.channel.post("ours", server_to_pass());
        const std::string ours = co_await both.peer.line();
        REQUIRE(ours == announcing("ours"));
        // It waits for the answer to our handle before it closes.
        asio::co_spawn(executor, both.channel.disconnect(), asio::detached);
        co_await tests::settle();
        waits_for = "a handle that came after disconnect() had got no answer";
        const unique_fd theirs = support::listen_tcp("127.0.0.1", 0);
        both.peer.say(announcing("too late"), {theirs.get()});
        both.peer.say(question);
        const std::string answer = co_await both.peer.line();
        INFO("observed: we had called disconnect(), so that nobody will ever receive the peer's "
             << "handle; the peer was told: " << in_words(answer));
        CHECK(answer == not_arrived);
    });
}

TEST_CASE("a connection counts under its key for as long as its ticket is kept", "[03][check]") {
    std::string waits_for = "a connection with a key had not been answered, or not been delivered";
    judge(waits_for, [&]() -> asio::awaitable<void> {
        channel_and_peer both(co_await asio::this_coro::executor);
        auto connection = support::make_socket_pair();
        both.peer.say(R"({"cmd":"NODE_HANDLE","type":"net.Socket","msg":"m","key":"?"})",
                      {connection.first.get()});
        co_await both.peer.line();  // others judge the answer
        auto got = co_await both.channel.receive();
        REQUIRE(got);
        REQUIRE(got->passed);
        {
            INFO("observed: the envelope named the key \"?\", and the handle has the key \""
                 << got->passed->key() << "\"");
            CHECK(got->passed->key() == "?");
        }
        waits_for = "the question how many connections we hold had got no answer";
        both.peer.say(question);
        const std::string held = co_await both.peer.line();
        {
            INFO("observed: the connection is open here, and the peer, which asked how many we "
                 << "hold, was told: " << held);
            CHECK(held == R"({"cmd":"NODE_SOCKET_COUNT","key":"?","count":1})");
        }
        got.reset();
        both.peer.say(question);
        const std::string after = co_await both.peer.line();
        INFO("observed: its ticket is gone, and the peer was told: " << after);
        CHECK(after == its_answer());
    });
}
