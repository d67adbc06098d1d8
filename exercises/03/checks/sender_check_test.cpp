// The sending half: which byte a descriptor rides with, and how long we keep our copy.
#include "03-handle-passing/handle_sender.hpp"

#include <csignal>

#include "exercises/03/checks/scripted_peer.hpp"
#include "exercises/kit/faulty_calls.hpp"
#include "tests/turns.hpp"

using namespace child_process;
using namespace checks;

namespace {

// A sender and the peer that reads what it writes.
struct sender_and_peer {
    explicit sender_and_peer(const asio::any_io_executor& executor,
                             support::socket_pair pair = support::make_socket_pair())
        : socket(executor, pair.first.release()),
          sender(socket),
          peer(executor, std::move(pair.second)) {
        support::set_nonblocking(socket.native_handle());
    }
    asio::posix::stream_descriptor socket;
    handle_sender sender;
    scripted_peer peer;
};

std::string list(const std::vector<std::size_t>& numbers) {
    std::string result;
    for (const std::size_t number : numbers) {
        result += (result.empty() ? "" : ", ") + std::to_string(number);
    }
    return result.empty() ? "none" : result;
}

// Counts the SIGPIPEs that this process gets, which would end it.
class broken_pipes {
  public:
    broken_pipes() {
        came_ = 0;
        struct sigaction counts {};
        counts.sa_handler = [](int) { came_ = came_ + 1; };
        ::sigaction(SIGPIPE, &counts, &before_);
    }
    broken_pipes(const broken_pipes&) = delete;
    broken_pipes& operator=(const broken_pipes&) = delete;
    ~broken_pipes() { ::sigaction(SIGPIPE, &before_, nullptr); }
    [[nodiscard]] static int came() { return came_; }

  private:
    static inline volatile std::sig_atomic_t came_ = 0;
    struct sigaction before_ {};
};

// A handle for a peer that has closed its end, with or without a plain line before it.
asio::awaitable<void> judge_a_gone_peer(bool behind_a_line, std::string& waits_for) {
    const broken_pipes signals;
    auto pair = support::make_socket_pair();
    asio::posix::stream_descriptor socket(co_await asio::this_coro::executor, pair.first.release());
    support::set_nonblocking(socket.native_handle());
    handle_sender sender(socket);
    pair.second.reset();
    if (behind_a_line) sender.push("plain\n");
    const std::uint64_t ticket = sender.push("announced\n", server_to_pass());
    waits_for = "the peer was gone, and the outcome of a handle for it was still awaited";
    const delivery outcome = co_await sender.outcome(ticket);
    {
        INFO("observed: writing "
             << (behind_a_line ? "a plain line" : "a handle")
             << " to a peer that was gone raised SIGPIPE, which ends a program");
        CHECK(signals.came() == 0);
    }
    INFO("observed: a handle for a peer that was gone counts as "
         << (outcome == delivery::disconnected ? "disconnected" : "arrived or refused"));
    CHECK(outcome == delivery::disconnected);
}

}  // namespace

TEST_CASE("our copy is kept until the peer has acknowledged it, and no longer", "[03][check]") {
    std::string waits_for = "the line that announces the handle had not arrived";
    judge(waits_for, [&]() -> asio::awaitable<void> {
        kit::faulty_calls calls;  // its line leaves in several writes
        calls.shorten("sendmsg", 4);
        sender_and_peer both(co_await asio::this_coro::executor);
        auto line = support::make_socket_pair();
        both.sender.push("announced\n", handle(std::move(line.first)));
        const std::string text = co_await both.peer.line();
        {
            INFO("observed: the peer read \"" << text << "\" with " << both.peer.descriptors.size()
                                              << " descriptors");
            REQUIRE(text == "announced");
        }
        both.peer.descriptors.clear();  // now ours is the only copy
        for (int turn = 0; turn < 3; ++turn) co_await tests::settle();
        const bool too_early = hung_up(line.second.get());
        {
            INFO("observed: the line is written, the peer has not answered, and our copy is "
                 << (too_early ? "closed" : "open"));
            REQUIRE_FALSE(too_early);
        }
        both.sender.answered(true);
        for (int turn = 0; turn < 3; ++turn) co_await tests::settle();
        const bool closed = hung_up(line.second.get());
        INFO("observed: the peer has acknowledged, and our copy is "
             << (closed ? "closed" : "open"));
        CHECK(closed);
    });
}

TEST_CASE("a descriptor rides once, with the first byte of its line", "[03][check]") {
    std::string waits_for;
    judge(waits_for, [&]() -> asio::awaitable<void> {
        kit::faulty_calls calls;  // as from a socket with little room
        calls.shorten("send", 5);
        calls.shorten("sendmsg", 4);
        sender_and_peer both(co_await asio::this_coro::executor);
        both.sender.push("first\n");
        both.sender.push("second\n");
        const std::size_t begin = 13;  // both of them
        both.sender.push("the third has a descriptor\n", server_to_pass());
        for (const char* expected : {"first", "second", "the third has a descriptor"}) {
            waits_for = "the line \"" + std::string(expected) + "\" had not arrived; " +
                        std::to_string(both.peer.bytes) + " bytes had";
            const std::string text = co_await both.peer.line();
            INFO("observed: instead of the line \"" << expected << "\" there arrived \"" << text
                                                    << "\"");
            REQUIRE(text == expected);
        }
        {
            INFO("observed: its line begins at byte "
                 << begin << " of the stream, and descriptors came with byte: "
                 << list(both.peer.came_with));
            CHECK(both.peer.came_with == std::vector<std::size_t>{begin});
        }
    });
}

TEST_CASE("when the kernel takes no more descriptors the line goes alone, and comes again",
          "[03][check]") {
    std::string waits_for = "the line whose descriptor the kernel did not take had not arrived";
    judge(waits_for, [&]() -> asio::awaitable<void> {
        kit::faulty_calls calls;
        calls.fail("sendmsg", ETOOMANYREFS);
        sender_and_peer both(co_await asio::this_coro::executor);
        auto line = support::make_socket_pair();
        both.sender.push("announced\n", handle(std::move(line.first)));
        for (int turn = 0; turn < 3; ++turn) co_await tests::settle();
        {
            INFO("observed: sendmsg(2) failed once with ETOOMANYREFS, and the sender gave up");
            REQUIRE_FALSE(both.sender.broken());
        }
        const std::string alone = co_await both.peer.line();
        {
            INFO("observed: sendmsg(2) failed once with ETOOMANYREFS; then the line \""
                 << alone << "\" came with " << both.peer.descriptors.size() << " descriptors, by "
                 << calls.count("sendmsg") << " calls of sendmsg");
            REQUIRE(alone == "announced");
            REQUIRE(both.peer.descriptors.empty());
        }
        waits_for = "the peer had said \"not arrived\" and the line had not come again";
        both.sender.answered(false);
        const std::string again = co_await both.peer.line();
        INFO("observed: the peer said \"not arrived\"; then \""
             << again << "\" came with " << both.peer.descriptors.size() << " descriptors");
        CHECK(again == "announced");
        CHECK(both.peer.descriptors.size() == 1);
    });
}

TEST_CASE("a full socket or a signal stops nothing, and a peer that is gone is noticed",
          "[03][check]") {
    std::string waits_for;
    judge(waits_for, [&]() -> asio::awaitable<void> {
        struct failure {
            int error;
            const char* what;
        };
        for (const auto& [error, what] :
             {failure{EAGAIN, "full (EAGAIN)"}, failure{EINTR, "interrupted (EINTR)"}}) {
            kit::faulty_calls calls;
            calls.fail("send", error);
            calls.fail("sendmsg", error);
            sender_and_peer both(co_await asio::this_coro::executor);
            both.sender.push("plain\n");
            both.sender.push("announced\n", server_to_pass());
            for (const char* expected : {"plain", "announced"}) {
                waits_for = "the socket was once " + std::string(what) + ", and the line \"" +
                            expected + "\" had not arrived" +
                            (both.sender.broken() ? ": the sender had given up" : "");
                for (int turn = 0; turn < 3; ++turn) co_await tests::settle();
                INFO("observed: the socket was once " << what << ", and the sender gave up");
                REQUIRE_FALSE(both.sender.broken());
                const std::string line = co_await both.peer.line();
                REQUIRE(line == expected);
            }
            INFO("observed: the socket was once " << what << "; then the line came with "
                                                  << both.peer.descriptors.size()
                                                  << " descriptors");
            CHECK(both.peer.descriptors.size() == 1);
        }
        co_await judge_a_gone_peer(false, waits_for);
        co_await judge_a_gone_peer(true, waits_for);
    });
}
