#include "docs/processes-and-threads/helper.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "support/syscall.hpp"

namespace comparison {

void read_all(int fd, void* bytes, std::size_t size) {
    for (char* at = static_cast<char*>(bytes); size > 0;) {
        const auto count =
            support::check("read", support::retry([&] { return ::read(fd, at, size); }));
        if (count == 0) throw std::runtime_error("the other side has ended");
        at += count;
        size -= static_cast<std::size_t>(count);
    }
}

void write_all(int fd, const void* bytes, std::size_t size) {
    for (const char* at = static_cast<const char*>(bytes); size > 0;) {
        const auto count =
            support::check("write", support::retry([&] { return ::write(fd, at, size); }));
        at += count;
        size -= static_cast<std::size_t>(count);
    }
}

void send_word(int fd) {
    write_all(fd, "!", 1);
}

void await_word(int fd) {
    char word = 0;
    read_all(fd, &word, 1);
}

helper::helper(const std::string& role, const std::vector<int>& more)
    : process_([&] {
          support::socket_pair ends = support::make_socket_pair();
          ours_ = std::move(ends.first);
          return start(role, more, ends.second.get());
      }()) {}

child_process::child helper::start(const std::string& role, const std::vector<int>& more,
                                   int theirs) {
    using child_process::stdio;
    child_process::spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::ignore(), stdio::inherit(),
                           stdio::descriptor(theirs)};
    for (const int fd : more) options.descriptors.push_back(stdio::descriptor(fd));
    return child_process::spawn(io_.get_executor(), "/proc/self/exe", {"--role", role}, options);
}

child_process::exit_status helper::end() {
    auto ended = [](child_process::child& process) -> asio::awaitable<void> {
        co_await process.wait();
    };
    asio::co_spawn(io_, ended(process_), support::rethrow);
    io_.run();
    io_.restart();
    return *process_.status();
}

}  // namespace comparison
