// guarded_primary OPTIONS PROGRAM ARGUMENTS…: starts a worker on its own descriptors, and stays
// with it.
//   --untold      does not tell the worker its pid
//   --unfollowed  leaves it to the worker to ask for a signal on our death
//   --stopped     says "stopped" when the worker has stopped
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <set>
#include <string>

#include "01-spawn-exec/spawn.hpp"
#include "04-auto-restart/orphan_guard.hpp"

using namespace child_process;

int main(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    std::set<std::string> options;
    while (!words.empty() && words[0].rfind("--", 0) == 0) {
        options.insert(words[0]);
        words.erase(words.begin());
    }
    if (words.empty()) return 2;
    return support::run_program([&]() -> asio::awaitable<int> {
        spawn_options how;
        how.descriptors = {stdio::inherit(), stdio::inherit(), stdio::inherit()};
        how.env = current_environment();
        using guard = cluster::orphan_guard;
        if (options.count("--untold") == 0)
            (*how.env)[guard::variable] = std::to_string(::getpid());
        if (options.count("--unfollowed") == 0) how.parent_death_signal = guard::signal;
        const std::vector<std::string> arguments(words.begin() + 1, words.end());
        child worker = spawn(co_await asio::this_coro::executor, words[0], arguments, how);
        if (options.count("--stopped") != 0) {
            siginfo_t info{};
            ::waitid(P_PID, static_cast<id_t>(worker.pid()), &info, WSTOPPED);
            std::cout << "stopped" << std::endl;
        }
        const exit_status status = co_await worker.wait();
        co_return status.code().value_or(1);
    });
}
