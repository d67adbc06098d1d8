// guarded_worker HOW SECONDS: says "ready PID", and has that long to live without its primary.
//   --idle            waits in its event loop, says "orphaned" and ends
//   --loop            never returns to its event loop
//   --kill            the same, and asks to be killed at once
//   --stop            stops itself, then as --idle
//   --stop-and-loop   stops itself, then as --loop
//   --alarm           answers each line of its input with the seconds that its alarm has left, and
//                     cancels it
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "04-auto-restart/orphan_guard.hpp"

using namespace cluster;

namespace {

[[noreturn]] void loop() {
    for (volatile unsigned turns = 0;;) turns = turns + 1;
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
        orphan_guard guard(co_await asio::this_coro::executor, settings);
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
