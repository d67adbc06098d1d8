// guarded_worker HOW SECONDS: says "ready PID", and has that long to live without its primary.
//   --idle            waits in its event loop, says "orphaned" and ends
//   --loop            never returns to its event loop
//   --deaf-loop       the same, began with SIGCONT and SIGALRM blocked, and ignores SIGALRM
//   --kill            as --loop, and asks to be killed at once
//   --stop            stops itself, then as --idle
//   --stop-and-loop   stops itself, then as --loop
//   --alarm           answers each line of its input with the seconds that its alarm has left, and
//                     cancels it
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "04-auto-restart/orphan_guard.hpp"

using namespace cluster;

namespace {

[[noreturn]] void loop() {
    const rlimit at_most{60, 60};  // seconds: a guard that does not work must not burn a processor
    ::setrlimit(RLIMIT_CPU, &at_most);
    for (volatile unsigned turns = 0;;) turns = turns + 1;
}

void block_signals() {
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGCONT);
    ::sigaddset(&blocked, SIGALRM);
    ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
}

void answer() {
    for (std::string line; std::getline(std::cin, line);) std::cout << ::alarm(0) << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string how = argv[1];
    return support::run_program([&]() -> asio::awaitable<int> {
        orphan_settings settings;
        settings.limit = std::chrono::seconds(std::atoi(argv[2]));
        if (how == "--kill") settings.then = on_primary_death::kill;
        if (how == "--deaf-loop") block_signals();
        orphan_guard guard(co_await asio::this_coro::executor, settings);
        if (how == "--deaf-loop") std::signal(SIGALRM, SIG_IGN);
        std::cout << "ready " << ::getpid() << std::endl;
        if (how == "--alarm") answer();
        if (how.rfind("--stop", 0) == 0) ::raise(SIGSTOP);
        if (how == "--idle" || how == "--stop") {
            co_await guard.until_orphaned();
            std::cout << "orphaned" << std::endl;
        } else if (how != "--alarm") {
            loop();
        }
        co_return 0;
    });
}
