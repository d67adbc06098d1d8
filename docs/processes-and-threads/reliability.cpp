// Who goes on when one of them fails.
#include <sys/socket.h>

#include <list>

#include "docs/processes-and-threads/helper.hpp"
#include "docs/processes-and-threads/roles.hpp"
#include "docs/processes-and-threads/rows.hpp"

namespace comparison {
namespace {

std::string go_on(int count) {
    return std::to_string(count) + " go on";
}

int threads_left() {
    helper with_threads("fail-among-threads");
    await_word(with_threads.socket());
    send_word(with_threads.socket());
    const auto status = with_threads.end();  // the process, and so each thread of it
    return status.success() ? workers : 0;
}

int processes_left() {
    std::list<helper> processes;
    for (int n = 1; n < workers; ++n) processes.emplace_back("echo");
    helper failing("fail");
    await_word(failing.socket());
    send_word(failing.socket());
    failing.end();
    int alive = 0;
    std::vector<char> message(message_size);
    for (const helper& each : processes) {
        write_all(each.socket(), message.data(), message.size());
        read_all(each.socket(), message.data(), message.size());
        ++alive;
    }
    return alive;
}

}  // namespace

std::vector<row> reliability() {
    return {
        {"reliability", "one of 4 calls abort()", go_on(threads_left()), go_on(processes_left())}};
}

}  // namespace comparison
