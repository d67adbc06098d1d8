// Log lines within one process; those of several are tests/01-spawn-exec/log_test.cpp's.
#include "support/log.hpp"

#include <fcntl.h>

#include <csignal>

#include "support/syscall.hpp"
#include "tests/catch.hpp"

TEST_CASE("each log line is one write", "[support][log]") {
    // A pipe in packet mode keeps every write apart.
    int ends[2] = {-1, -1};
    support::check("pipe2", ::pipe2(ends, O_DIRECT | O_CLOEXEC));
    const support::unique_fd read_end(ends[0]);
    {
        const support::unique_fd write_end(ends[1]);
        const support::unique_fd stdout_before = support::duplicate(STDOUT_FILENO);
        ::dup2(write_end.get(), STDOUT_FILENO);
        support::set_log_role("worker 2");
        support::log() << "first " << 1 << ' ' << 2.5;
        support::log_line("second");
        ::dup2(stdout_before.get(), STDOUT_FILENO);
        support::set_log_role("process");
    }
    const std::string prefix = "[worker 2 " + std::to_string(::getpid()) + "] ";
    for (const std::string& expected : {prefix + "first 1 2.5\n", prefix + "second\n"}) {
        std::string packet(4096, '\0');
        packet.resize(static_cast<std::size_t>(
            support::check("read", ::read(read_end.get(), packet.data(), packet.size()))));
        CHECK(packet == expected);
    }
}

TEST_CASE("a log whose reader has gone does not stop the program", "[support][log]") {
    support::pipe_ends pipe = support::make_pipe();
    pipe.read.reset();
    std::signal(SIGPIPE, SIG_IGN);
    const support::unique_fd stdout_before = support::duplicate(STDOUT_FILENO);
    ::dup2(pipe.write.get(), STDOUT_FILENO);
    CHECK_NOTHROW(support::log_line("to nobody"));
    CHECK(errno == EPIPE);
    ::dup2(stdout_before.get(), STDOUT_FILENO);
    std::signal(SIGPIPE, SIG_DFL);
}
