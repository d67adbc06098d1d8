#include "support/log.hpp"

#include <fcntl.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <regex>
#include <sstream>

#include "support/syscall.hpp"
#include "tests/catch.hpp"
#include "tests/helpers.hpp"

namespace {

// What a shell command says. (Starting programs is stage 01's; here the C library does it.)
std::string output_of(const std::string& command) {
    FILE* pipe = ::popen(command.c_str(), "r");  // NOLINT: a fixed command
    std::string text;
    char chunk[4096];
    while (const auto count = std::fread(chunk, 1, sizeof chunk, pipe)) text.append(chunk, count);
    ::pclose(pipe);
    return text;
}

}  // namespace

TEST_CASE("a log line names role and process, and holds every kind of value", "[support][log]") {
    std::smatch parts;
    const std::string line = output_of(tests::program("logs_lines") + " primary 1 3");
    REQUIRE(std::regex_match(line, parts, std::regex(R"(\[primary (\d+)\] line 0 xxx\n)")));
    CHECK(std::stoi(parts[1]) > 1);
}

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

TEST_CASE("lines of several processes in one file never mix", "[support][log]") {
    constexpr int processes = 4;
    constexpr int lines = 500;
    const std::string one =
        tests::program("logs_lines") + " worker " + std::to_string(lines) + " 300 & ";
    std::string command;
    for (int n = 0; n < processes; ++n) command += one;
    const tests::temporary_folder folder;
    const std::string file = folder.file("log");
    std::istringstream text(output_of("{ " + command + "wait; } >> " + file + "; cat " + file));
    const std::regex whole(R"(\[worker (\d+)\] line (\d+) x{300})");
    std::map<std::string, int> next;
    for (std::string line; std::getline(text, line);) {
        std::smatch parts;
        REQUIRE(std::regex_match(line, parts, whole));
        CHECK(std::stoi(parts[2]) == next[parts[1]]++);
    }
    CHECK(next.size() == processes);
    for (const auto& [pid, count] : next) CHECK(count == lines);
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
