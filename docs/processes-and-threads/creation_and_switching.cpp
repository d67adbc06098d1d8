// To begin and to end, and to go from one to another on the same processor.
#include <sched.h>

#include <thread>

#include "docs/processes-and-threads/helper.hpp"
#include "docs/processes-and-threads/roles.hpp"
#include "docs/processes-and-threads/rows.hpp"
#include "support/syscall.hpp"

namespace comparison {
namespace {

// On one processor only: whoever waits for an answer has to let the other run. Children inherit it.
class on_one_processor {
  public:
    on_one_processor() {
        support::check("sched_getaffinity", ::sched_getaffinity(0, sizeof before_, &before_));
        int first = 0;
        while (!CPU_ISSET(first, &before_)) ++first;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(first, &one);
        support::check("sched_setaffinity", ::sched_setaffinity(0, sizeof one, &one));
    }
    ~on_one_processor() { ::sched_setaffinity(0, sizeof before_, &before_); }
    on_one_processor(const on_one_processor&) = delete;
    on_one_processor& operator=(const on_one_processor&) = delete;

  private:
    cpu_set_t before_{};
};

constexpr int round_trips = 5'000;

// There and back are two switches.
micros switch_time(int socket) {
    std::vector<char> message(message_size);
    return time_of(round_trips,
                   [&] {
                       write_all(socket, message.data(), message.size());
                       read_all(socket, message.data(), message.size());
                   }) /
           2;
}

micros switch_of_threads() {
    const on_one_processor here;
    support::socket_pair ends = support::make_socket_pair();
    std::thread other([theirs = ends.second.get()] {
        std::vector<char> message(message_size);
        for (int n = 0; n < round_trips; ++n) {
            read_all(theirs, message.data(), message.size());
            write_all(theirs, message.data(), message.size());
        }
    });
    const micros result = switch_time(ends.first.get());
    other.join();
    return result;
}

micros switch_of_processes() {
    const on_one_processor here;
    return switch_time(helper("echo").socket());
}

}  // namespace

std::vector<row> creation_and_switching() {
    const micros thread = time_of(1'000, [] { std::thread([] {}).join(); });
    const micros process = time_of(100, [] { helper("nothing").end(); });
    return {{"creation", "begin one, and wait for its end", shown(thread), shown(process)},
            {"switching", "from one to another on one processor", shown(switch_of_threads()),
             shown(switch_of_processes())}};
}

}  // namespace comparison
