// A channel that is destroyed while a coroutine waits on it. Whoever then touches the channel
// touches memory that is no more: here that memory is taken away, so that the touch is seen.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "exercises/02/checks/peers.hpp"
#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

constexpr std::size_t too_much = 2'000'000;  // for a socket whose peer does not read
constexpr std::size_t pages = std::size_t{64} * 1024;
static_assert(sizeof(channel) <= pages);

asio::awaitable<void> wait_in_receive(channel& from, std::string& said) {
    const auto message = co_await from.receive();
    said = message ? "a message" : "the end";
}

asio::awaitable<void> wait_in_send(channel& to, std::string& said) {
    const json message = std::string(too_much, 'x');
    const bool sent = co_await to.send(message);
    said = sent ? "sent" : "refused";
}

asio::awaitable<void> wait_in_disconnect(channel& end, std::string& said) {
    end.post(std::string(too_much, 'x'));
    co_await end.disconnect();
    said = "done";
}

using waiting = asio::awaitable<void> (*)(channel&, std::string&);

// Runs in a process of its own, which ends here: what became of the waiter goes to `report`.
asio::awaitable<void> destroy_while(waiting wait, int report) {
    const auto executor = co_await asio::this_coro::executor;
    auto pair = support::make_socket_pair();
    void* const memory =
        ::mmap(nullptr, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    auto* const here = new (memory) channel(executor, std::move(pair.first));
    std::string said;
    asio::co_spawn(executor, wait(*here, said), asio::detached);
    co_await settle();
    if (!said.empty()) {
        said += " (before the channel was destroyed)";
    } else {
        std::destroy_at(here);
        ::mprotect(memory, pages, PROT_NONE);
        for (int turn = 0; turn < 10 && said.empty(); ++turn) co_await settle();
        if (said.empty()) said = "nothing: it waits for ever";
    }
    static_cast<void>(::write(report, said.data(), said.size()));
    ::_exit(0);
}

// What a coroutine was told that waited on a channel when it was destroyed.
std::string told_after_destruction(waiting wait) {
    auto report = support::make_pipe();
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        ::signal(SIGSEGV, SIG_DFL);
        const kit::busy_limit limit;
        ::alarm(20);
        try {
            support::run(destroy_while(wait, report.write.get()));
        } catch (const std::exception& error) {
            const std::string words = std::string("an exception: ") + error.what();
            static_cast<void>(::write(report.write.get(), words.data(), words.size()));
        }
        ::_exit(1);
    }
    report.write.reset();
    std::string told;
    std::array<char, 1024> bytes{};
    for (ssize_t count = 1; count > 0; told.append(bytes.data(), count > 0 ? count : 0)) {
        count =
            support::retry([&] { return ::read(report.read.get(), bytes.data(), bytes.size()); });
    }
    int status = 0;
    support::retry([&] { return ::waitpid(pid, &status, 0); });
    if (WIFSIGNALED(status)) {
        return std::string("it touched the channel that is no more (") +
               ::sigabbrev_np(WTERMSIG(status)) + ")";
    }
    return told;
}

}  // namespace

TEST_CASE("who waits on a channel that is destroyed is told the end, and touches it no more") {
    struct expectation {
        const char* what;
        waiting wait;
        const char* told;
    };
    const std::vector<expectation> all = {{"receive()", wait_in_receive, "the end"},
                                          {"send()", wait_in_send, "refused"},
                                          {"disconnect()", wait_in_disconnect, "done"}};
    for (const auto& [what, wait, expected] : all) {
        const std::string told = told_after_destruction(wait);
        if (told != expected) {
            FAIL_CHECK("observed: a channel was destroyed while a coroutine waited in "
                       << what << "; what became of it: " << told << "; expected: " << expected);
        }
    }
    SUCCEED();
}
