// What the demonstrations share: the program starts itself as a helper, and lets it go on step by
// step, so that what comes of it is no matter of luck.
#pragma once

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "01-spawn-exec/spawn.hpp"
#include "07-state-sharing/programs/temporary_folder.hpp"
#include "support/flags.hpp"

namespace demo {

/// This program once more, as another process.
class helper_process {
  public:
    /// @param words  its arguments: what it is to be, and with which file
    helper_process(const asio::any_io_executor& executor, const std::string& program,
                   const std::vector<std::string>& words)
        : process_(child_process::spawn(executor, support::sibling_program(program), words)) {}

    /// The next line that it says; empty if it has ended.
    [[nodiscard]] asio::awaitable<std::string> says() {
        while (heard_.find('\n') == std::string::npos) {
            const auto more = co_await process_.out().read();
            if (!more) break;
            heard_ += *more;
        }
        const auto end = std::min(heard_.find('\n'), heard_.size());
        std::string line = heard_.substr(0, end);
        heard_.erase(0, end + 1);
        co_return line;
    }

    /// Lets it go on from where it waits for us.
    [[nodiscard]] asio::awaitable<void> go_on() { co_await process_.in().write("go on\n"); }

    /// kill -9.
    [[nodiscard]] asio::awaitable<void> kill() {
        process_.kill(SIGKILL);
        co_await process_.wait();
    }

  private:
    child_process::child process_;
    std::string heard_;
};

/// In a helper: says something, and waits until it may go on. It ends with the one that leads it.
inline void say_and_wait(const std::string& line) {
    std::cout << line << std::endl;
    if (std::string word; !std::getline(std::cin, word)) std::exit(1);
}

}  // namespace demo
