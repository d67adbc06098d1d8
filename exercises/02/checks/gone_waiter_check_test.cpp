// A channel that is destroyed while a coroutine waits on it. Whoever then touches the channel
// touches memory that is no more: here that memory is taken away, so that the touch is seen.
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "exercises/02/checks/peers.hpp"
#include "exercises/02/checks/roles.hpp"
#include "tests/01-spawn-exec/reading.hpp"
#include "tests/02-fork-ipc/channels.hpp"

using namespace child_process;
using namespace tests;

namespace {

constexpr const char* role = "role waits while its channel is destroyed";
constexpr std::size_t too_much = 2'000'000;  // for a socket whose peer does not read
constexpr std::size_t pages = std::size_t{64} * 1024;
static_assert(sizeof(channel) <= pages);

asio::awaitable<void> wait_in_receive(channel& from, std::string& said) {
    const auto message = co_await from.receive();
    said = message ? "a message" : "the end";
}

asio::awaitable<void> wait_in_send(channel& to, std::string& said) {
    to.post(std::string(too_much, 'x'));  // so that every right or wrong send() waits
    const json message = "waits";
    const bool sent = co_await to.send(message);
    said = sent ? "sent" : "refused";
}

asio::awaitable<void> wait_in_disconnect(channel& end, std::string& said) {
    end.post(std::string(too_much, 'x'));
    co_await end.disconnect();
    said = "done";
}

using waiting = asio::awaitable<void> (*)(channel&, std::string&);

const std::map<std::string, waiting>& waiters() {
    static const std::map<std::string, waiting> all = {{"receive()", wait_in_receive},
                                                       {"send()", wait_in_send},
                                                       {"disconnect()", wait_in_disconnect}};
    return all;
}

// What a coroutine is told that waits on a channel when it is destroyed. The coroutine may be left
// waiting, so that the process has to end after this.
asio::awaitable<std::string> destroy_while(waiting wait) {
    const auto executor = co_await asio::this_coro::executor;
    auto pair = support::make_socket_pair();
    void* const memory =
        ::mmap(nullptr, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    auto* const here = new (memory) channel(executor, std::move(pair.first));
    std::string told;
    asio::co_spawn(executor, wait(*here, told), asio::detached);
    co_await settle();
    if (!told.empty()) co_return told + ", before the channel was destroyed: nothing waited in it";
    std::destroy_at(here);
    ::mprotect(memory, pages, PROT_NONE);
    for (int turn = 0; turn < 10 && told.empty(); ++turn) co_await settle();
    co_return told.empty() ? "nothing: it waits for ever" : told;
}

asio::awaitable<void> play_waiter(waiting wait) {
    const std::string told = co_await destroy_while(wait);
    std::cout << told << std::flush;
    ::_exit(0);
}

// The same, seen from outside: what became of a process in which that happened.
asio::awaitable<std::string> told_after_destruction(std::string waiter) {
    const auto executor = co_await asio::this_coro::executor;
    auto process = kit::play(executor, role, environment{{"KIT_WAITER", waiter}});
    const std::string told = co_await read_all(process.out());
    const exit_status status = co_await process.wait();
    if (status.success()) co_return told;
    std::ostringstream words;
    words << (status.signal() == SIGSEGV ? "it touched the channel that is no more: " : "")
          << status << ' ' << told;
    co_return words.str();
}

}  // namespace

TEST_CASE("role waits while its channel is destroyed", "[.role]") {
    kit::begin_role();
    const kit::busy_limit limit;
    ::signal(SIGSEGV, SIG_DFL);
    const char* const waiter = std::getenv("KIT_WAITER");
    if (waiter == nullptr) return;
    support::run(play_waiter(waiters().at(waiter)));
}

TEST_CASE("who waits on a channel that is destroyed is told the end, and touches it no more") {
    const std::vector<std::pair<std::string, std::string>> all = {
        {"receive()", "the end"}, {"send()", "refused"}, {"disconnect()", "done"}};
    tests::run([&]() -> asio::awaitable<void> {
        for (const auto& [waiter, expected] : all) {
            const auto told = co_await support::with_timeout(told_after_destruction(waiter),
                                                             std::chrono::seconds(9));
            if (told == expected) continue;
            FAIL_CHECK("observed: a channel was destroyed while a coroutine waited in "
                       << waiter << "; what became of it: "
                       << told.value_or("it was not done after 9 s") << "; expected: " << expected);
        }
    });
}
